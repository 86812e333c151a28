// SPDX-License-Identifier: Apache-2.0
// The reports that are looked at: one a kind of attempt, each from a capture of pcaps/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const KINDS = {
  'black-hole': ['pmtu-black-hole-to-client'],
  'signal-ignored': ['pmtu-signal-ignored'],
  reset: ['reset-by-another'],
  certificate: ['certificate-expired'],
  'udp-blocked': ['udp-blocked'],
  'udp-data-lost': ['udp-data-lost'],
  'udp-large': ['udp-large-dropped'],
  'never-came': ['lab-fragments-later-dropped-at-client'],
  tunnel: ['tunnel-mtu-too-large-fragments'],
  silent: ['idle-timeout-device'],
  loss: ['packet-loss-ends-attempt'],
  credentials: ['credentials-rejected-secrets'],
  'middle-of-a-session': ['mid-stream'],
  healthy: ['healthy-nla'],
  several: ['pmtu-black-hole-to-client', 'healthy-nla', 'reset-by-another', 'client-retried'],
};

function capture(pcaps, name) {
  const folder = join(pcaps, name);
  return join(folder, readdirSync(folder).find((file) => file.startsWith('capture.pcap')));
}

// Writes the report of each kind into folder and returns { kind, file } of all, and of the index
// of a folder of reports.
export function write(rdpath, pcaps, folder) {
  mkdirSync(folder, { recursive: true });
  const report = (output, names) => {
    const words = ['report', '-o', output, ...names.map((name) => capture(pcaps, name))];
    try {
      execFileSync(rdpath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    } catch (error) {
      if (error.status !== 1) throw error; // 1: a fault was found
    }
  };
  const pages = Object.entries(KINDS).map(([kind, names]) => {
    const file = join(folder, `${kind}.html`);
    report(file, names);
    return { kind, file };
  });
  report(`${join(folder, 'several')}/`, KINDS.several);
  return [...pages, { kind: 'index', file: join(folder, 'several', 'index.html') }];
}
