// SPDX-License-Identifier: GPL-2.0-only
/*
 * session - a PPPoE session of the kernel, without a daemon
 *
 *	session DEVICE ADDRESS NUMBER
 *
 * Both ends run it, each with the other's Ethernet address and the same number. The name of
 * the PPP device is printed when it is there; it exists until the program is stopped.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	union {
		struct sockaddr any;
		struct sockaddr_pppox pppoe;
	} to = { .pppoe = { .sa_family = AF_PPPOX, .sa_protocol = PX_PROTO_OE } };
	int session, channel, unit, index, number = -1;
	unsigned char *address = to.pppoe.sa_addr.pppoe.remote;

	if (argc != 4 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", address, address + 1,
				address + 2, address + 3, address + 4, address + 5) != 6)
		errx(2, "usage: session DEVICE ADDRESS NUMBER");
	snprintf(to.pppoe.sa_addr.pppoe.dev, IFNAMSIZ, "%s", argv[1]);
	to.pppoe.sa_addr.pppoe.sid = htons(atoi(argv[3]));

	session = socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_OE);
	if (session < 0 || connect(session, &to.any, sizeof(to.pppoe)))
		err(1, "session %s on %s", argv[3], argv[1]);
	channel = open("/dev/ppp", O_RDWR);
	unit = open("/dev/ppp", O_RDWR);
	if (channel < 0 || unit < 0)
		err(1, "/dev/ppp");
	if (ioctl(session, PPPIOCGCHAN, &index) || ioctl(channel, PPPIOCATTCHAN, &index))
		err(1, "channel");
	if (ioctl(unit, PPPIOCNEWUNIT, &number) || ioctl(channel, PPPIOCCONNECT, &number))
		err(1, "unit");
	printf("ppp%d\n", number);
	fflush(stdout);
	pause();
	return 0;
}
