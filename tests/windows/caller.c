/* SPDX-License-Identifier: Apache-2.0 */
/* caller.exe ADDRESS: an RDP client as far as its first request (X.224, TLS wanted, no NLA). */
#include <stdio.h>
#include <winsock2.h>
#include <ws2tcpip.h>

int main(int argc, char **argv)
{
    /* [MS-RDPBCGR] 2.2.1.1: TPKT, X.224 Connection Request, RDP_NEG_REQ with PROTOCOL_SSL */
    static const char request[] = "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00"
                                  "\x01\x00\x08\x00\x01\x00\x00\x00";
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(3389)};
    WSADATA data;
    char answer[64];
    if (argc < 2 || WSAStartup(MAKEWORD(2, 2), &data) != 0 ||
        inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
        return 2;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&to, sizeof to) != 0)
        return 1;
    send(s, request, sizeof request - 1, 0);
    int got = recv(s, answer, sizeof answer, 0);
    closesocket(s);
    printf("the client got %d bytes\n", got);
    return 0;
}
