// SPDX-License-Identifier: GPL-2.0-only
/*
 * malformed - send thousands of malformed packets from one process
 *
 * Each valid packet of a list is sent unchanged and then in every malformed variant:
 * truncated at each octet (with matching and with wrong lengths), with each octet set
 * to critical values, with each length, version, protocol and next header set to all
 * values, with octets after its end, and as fragments that overlap, are missing or are
 * repeated. IPv4 checksums are correct, so that the kernel does not drop packets for
 * their checksum. The ways to send:
 *
 *	tun DEVICE		through a tun device
 *	gso DEVICE		the same, marked as a GSO packet
 *	pieces DEVICE		through a tap device, as an skb with fragments (frags)
 *	link DEVICE		as frames for another host, with VLAN tags and MPLS labels
 *	raw -			through an IPv4 raw socket
 *
 * With EACH and FROM only every EACH-th packet is sent, starting with number FROM, for
 * slow kernels. The number of packets that the kernel accepted is printed: "packets 1234".
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* newer than the kernel headers of some systems */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

#define PACKET_MAX	2048
#define FRAGMENTS	4

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Protocol of the fixed header, then options or extension headers, then the rest. */
static const struct base {
	unsigned int version;
	unsigned int next;
	const char *options;
	const char *rest;
} bases[] = {
	{ 4, 17, "", "1f40003500180000000102030405060708090a0b0c0d0e0f" },
	{ 4, 6, "", "1f40005000000001000000025010ffff000000000001020304" },
	/* TCP options: maximum segment size, timestamps, end */
	{ 4, 6, "", "1f40005000000001000000009002ffff00000000020405b4080a00000001000000000000" },
	/* IPv4 options: router alert, record route, end */
	{ 4, 17, "940400000707040000000000", "1f40003500080000" },
	{ 4, 1, "", "08000000123400010001020304050607" },
	{ 4, 2, "", "16000000e0000001" },
	{ 4, 50, "", "0000123400000001000102030405060708" },
	{ 4, 51, "", "110400000000123400000001000102030405060708090a0b1f40003500080000" },
	{ 4, 132, "", "1f4000350000000100000000000300100000000000000000" },
	{ 4, 47, "", "00000800450000140000000040110000000000000000000000000000" },
	{ 4, 33, "", "1f400035040000000000000100000000" },
	{ 4, 99, "", "0001020304" },
	{ 6, 17, "", "1f40003500180000000102030405060708090a0b0c0d0e0f" },
	{ 6, 6, "", "1f40005000000001000000029002ffff00000000020405b4040203030700" },
	{ 6, 58, "", "80000000123400010001020304050607" },
	/* hop-by-hop with router alert, destination options, routing, UDP */
	{ 6, 0, "", "3c000502000001002b0001040000000011000000000000001f40003500080000" },
	/* a first fragment after destination options */
	{ 6, 60, "", "2c0001040000000011000001000012341f400035001000000001020304050607" },
	/* a later fragment */
	{ 6, 44, "", "11000008000012340001020304050607" },
	/* authentication, destination options, TCP */
	{ 6, 51, "3c0400000000123400000001000102030405060708090a0b0600010400000000",
	  "1f40005000000001000000025010ffff00000000" },
	{ 6, 50, "", "0000123400000001000102030405060708" },
	/* mobility, HIP, shim6, no next header */
	{ 6, 135, "", "8b000000000000008c000100000000003b000000000000000000000000000000" },
	/* segment routing, with the maximum number of segments and with more */
	{ 6, 43, "", "1102040000000000fd0000080000000000000000000000021f40003500080000" },
	{ 6, 59, "", "0001020304" },
};

static const uint8_t hurting[] = { 0, 0x0f, 0x80, 0xff };

static struct {
	int fd;
	bool gso, pieces, link;
	unsigned long number;		/* packets made so far */
	unsigned long each, from;	/* every each-th is sent, starting with from */
	unsigned long accepted;
	struct sockaddr_ll to;
	uint8_t mac[ETH_ALEN];		/* of the device */
} out;

static size_t from_hex(const char *text, uint8_t *to)
{
	size_t n = 0;
	unsigned int octet;

	for (; *text && sscanf(text, "%2x", &octet) == 1; text += 2)
		to[n++] = octet;
	return n;
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void fix_checksum(uint8_t *p, size_t length)
{
	const size_t header = (p[0] & 0xf) * 4;
	unsigned int sum = 0;

	if (p[0] >> 4 != 4 || length < 20)
		return;
	put16(p + 10, 0);
	for (size_t i = 0; i < header && i + 1 < length; i += 2)
		sum += p[i] << 8 | p[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	put16(p + 10, ~(sum + (sum >> 16)));
}

static void set_length(uint8_t *p, size_t length)
{
	if (p[0] >> 4 == 6 && length >= 40)
		put16(p + 4, length - 40);
	else if (p[0] >> 4 == 4 && length >= 20)
		put16(p + 2, length);
}

/* Half of the packets are for this host, the other half are forwarded. */
static size_t make(const struct base *base, uint8_t *p)
{
	const bool here = out.number & 1;
	size_t header = base->version == 4 ? 20 : 40, length;

	memset(p, 0, header);
	if (base->version == 4) {
		header += from_hex(base->options, p + 20);
		p[0] = 4 << 4 | header / 4;
		put16(p + 4, 1);
		p[8] = 64;
		p[9] = base->next;
		inet_pton(AF_INET, "10.9.0.2", p + 12);
		inet_pton(AF_INET, here ? "10.9.0.1" : "10.8.0.2", p + 16);
	} else {
		p[0] = 6 << 4;
		header += from_hex(base->options, p + 40);
		p[6] = base->next;
		p[7] = 64;
		inet_pton(AF_INET6, "fd00:9::2", p + 8);
		inet_pton(AF_INET6, here ? "fd00:9::1" : "fd00:8::2", p + 24);
	}
	length = header + from_hex(base->rest, p + header);
	set_length(p, length);
	return length;
}

/* Make a virtio header: every GSO type, with inconsistent sizes. */
static struct virtio_net_hdr segments(size_t length)
{
	static const uint8_t types[] = {
		VIRTIO_NET_HDR_GSO_NONE, VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6,
		VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_UDP_L4,
		VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN,
	};
	static const uint16_t sizes[] = { 1, 8, 5, 100, 1400, 65535 };
	const uint16_t headers[] = { 0, 20, 28, 40, 48, 60, length, 65535 };
	struct virtio_net_hdr header = {
		.gso_type = types[out.number % ARRAY_SIZE(types)],
		.gso_size = sizes[out.number / 6 % ARRAY_SIZE(sizes)],
		.hdr_len = headers[out.number / 36 % ARRAY_SIZE(headers)],
	};

	if (out.number / 288 % 2) {
		header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header.csum_start = headers[out.number / 7 % ARRAY_SIZE(headers)];
		header.csum_offset = out.number % 2 ? 6 : 16;
	}
	return header;
}

/* Tags before a packet: VLANs, labels, both, too many of them, and truncated ones. */
static const struct {
	const char *begin, *again;
	unsigned int times;
	const char *end;
} stacks[] = {
	{ "0800", "", 0, "" }, { "86dd", "", 0, "" },
	{ "8100006408", "", 0, "" }, { "81000064", "", 0, "0800" },
	{ "88a80064", "81000065", 1, "86dd" },
	{ "8847", "", 0, "00064140" }, { "8847", "00064040", 1, "00065140" },
	{ "8848", "", 0, "00064140" }, { "81000064", "8847", 1, "00064140" },
	{ "8100", "", 0, "" }, { "8847", "", 0, "1234" },
	{ "", "81000001", 12, "0800" }, { "8847", "00064040", 13, "00064140" },
	{ "0801", "", 0, "" }, { "0600", "", 0, "" }, { "0000", "", 0, "" },
};

static size_t put_stack(uint8_t *to)
{
	const size_t i = out.number % ARRAY_SIZE(stacks);
	size_t n = from_hex(stacks[i].begin, to);

	for (unsigned int times = 0; times < stacks[i].times; times++)
		n += from_hex(stacks[i].again, to + n);
	return n + from_hex(stacks[i].end, to + n);
}

static ssize_t send_frame(const uint8_t *p, size_t length)
{
	uint8_t frame[PACKET_MAX + 128] = { 2, 0, 0, 0, 0, 0x99, 2, 0, 0, 0, 0, 0x98 };
	size_t n = 12 + put_stack(frame + 12);

	/* the kernel drops frames with a truncated outermost VLAN tag before any hook */
	if ((frame[12] == 0x81 || frame[12] == 0x88) && (frame[13] == 0 || frame[13] == 0xa8) &&
	    n - ETH_HLEN + length < 6) {
		errno = EINVAL;
		return -1;
	}
	memcpy(frame + n, p, length);
	return sendto(out.fd, frame, n + length, 0, (void *)&out.to, sizeof(out.to));
}

/* Send the packet from several buffers, so that its skb has fragments (frags). */
static ssize_t write_pieces(const uint8_t *p, size_t length)
{
	uint8_t frame[PACKET_MAX + ETH_HLEN] = { 0 };
	struct iovec piece[8];
	size_t n = ETH_HLEN + length, at = 0, size;
	int count = 0;

	memcpy(frame, out.mac, ETH_ALEN);
	frame[ETH_ALEN] = 2;
	put16(frame + 12, p[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
	memcpy(frame + ETH_HLEN, p, length);
	for (; at < n; at += size) {
		size = 1 + (out.number * 7 + count * 13) % 60;
		if (!count)
			size += ETH_HLEN;
		if (count == ARRAY_SIZE(piece) - 1 || size > n - at)
			size = n - at;
		piece[count++] = (struct iovec){ frame + at, size };
	}
	return writev(out.fd, piece, count);
}

static ssize_t send_way(const uint8_t *p, size_t length)
{
	if (out.link)
		return send_frame(p, length);
	if (out.pieces)
		return write_pieces(p, length);
	if (out.gso) {
		struct virtio_net_hdr header = segments(length);
		struct iovec part[2] = { { &header, sizeof(header) }, { (void *)p, length } };

		return writev(out.fd, part, 2);
	}
	return write(out.fd, p, length);
}

static void emit(uint8_t *p, size_t length)
{
	ssize_t n;

	out.number++;
	if (!length || out.number % out.each != out.from)
		return;
	fix_checksum(p, length);
	n = send_way(p, length);
	if (n >= 0)
		out.accepted++;
	else if (errno != EINVAL && errno != ENOBUFS && errno != EMSGSIZE && errno != EPERM &&
		 errno != ENOMEM && errno != E2BIG && errno != EIO)
		err(1, "packet %lu", out.number);
}

/* Send a copy with one octet changed. The copy is made anew for each change. */
static void emit_changed(const struct base *base, size_t at, uint8_t value)
{
	uint8_t p[PACKET_MAX];
	const size_t length = make(base, p);

	p[at] = value;
	emit(p, length);
}

static void cut(const struct base *base, size_t length)
{
	uint8_t p[PACKET_MAX];

	make(base, p);
	emit(p, length);
	make(base, p);
	set_length(p, length);
	emit(p, length);
}

/* Octets of which every value has a meaning: version, protocol, next header. */
static bool is_telling(const struct base *base, size_t at)
{
	if (!at)
		return base->next == IPPROTO_UDP;
	return base->version == 4 ? at == 9 : at == 6 || at == 40;
}

static void change(const struct base *base, size_t at)
{
	unsigned int value;

	if (is_telling(base, at)) {
		for (value = 0; value < 256; value++)
			emit_changed(base, at, value);
		return;
	}
	for (value = 0; value < sizeof(hurting); value++)
		emit_changed(base, at, hurting[value]);
}

/* Set the length in the header to less, more and much more than the packet has. */
static void lie_of_length(const struct base *base)
{
	static const int lies[] = { 0, 1, 7, 19, 20, 21, 39, 40, 41, 1000, 65535 };
	const size_t at = base->version == 4 ? 2 : 4;
	uint8_t p[PACKET_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		size_t length = make(base, p);

		put16(p + at, lies[i]);
		emit(p, length);
		length = make(base, p);
		memset(p + length, 0xa5, lies[i] % 1000);
		emit(p, length + lies[i] % 1000);
	}
}

/* IPv4 fragments: [offset in units of 8, more, octets] in invalid or unusual orders. */
static void fragments(const struct base *base)
{
	static const struct {
		unsigned int offset, more, size;
	} sets[][FRAGMENTS] = {
		{ { 0, 1, 8 }, { 1, 0, 100 } },			/* 8 octets of transport header */
		{ { 0, 1, 16 }, { 1, 1, 16 }, { 2, 0, 8 } },	/* overlap */
		{ { 2, 0, 8 }, { 0, 1, 16 } },			/* last one first */
		{ { 0, 1, 16 }, { 0, 1, 16 }, { 2, 0, 8 } },	/* repeated */
		{ { 0, 1, 9 }, { 1, 0, 8 } },			/* not a multiple of 8 */
		{ { 8191, 0, 100 }, { 8190, 1, 16 } },		/* beyond 65535 */
		{ { 0, 1, 8 }, { 1, 1, 8 }, { 2, 1, 8 }, { 3, 0, 8 } },
		{ { 3, 0, 8 }, { 2, 1, 8 }, { 1, 1, 8 }, { 0, 1, 8 } },
		{ { 0, 1, 0 }, { 0, 0, 0 } },			/* empty */
	};
	static unsigned int id = 256;
	uint8_t p[PACKET_MAX];

	if (base->version != 4)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++, id++) {
		for (size_t j = 0; j < FRAGMENTS; j++) {
			const size_t header = make(base, p) - strlen(base->rest) / 2;

			if (j && !sets[i][j].offset && !sets[i][j].more && !sets[i][j].size)
				break;
			memset(p + header + strlen(base->rest) / 2, 0x5a, 200);
			inet_pton(AF_INET, "10.9.0.1", p + 16);
			put16(p + 4, id);
			put16(p + 6, sets[i][j].more << 13 | sets[i][j].offset);
			set_length(p, header + sets[i][j].size);
			emit(p, header + sets[i][j].size);
		}
	}
}

/* Chains of extension headers, up to the end of the packet and beyond it. */
static void chains(void)
{
	static const uint8_t kinds[] = { 0, 60, 43, 44, 51, 135, 139, 140 };
	static const struct base none = { 6, 59, "", "" };
	uint8_t p[PACKET_MAX];

	for (size_t kind = 0; kind < sizeof(kinds); kind++) {
		for (size_t count = 1; count < 200; count += 1 + count / 4) {
			const size_t header = make(&none, p), length = header + 8 * count;

			memset(p + header, 0, 8 * count);
			p[6] = kinds[kind];
			for (size_t i = 0; i < count; i++) {
				p[header + 8 * i] = kinds[kind];
				put16(p + header + 8 * i + 2, 0x0104);
			}
			set_length(p, length);
			emit(p, length);
			p[header + 8 * count - 8] = 17;
			emit(p, length);
			/* the last header claims to be longer */
			p[header + 8 * count - 7] = 9;
			emit(p, length);
		}
	}
}

static void send_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		uint8_t p[PACKET_MAX];
		const size_t length = make(&bases[i], p);

		emit(p, length);
		for (size_t at = 0; at < length; at++) {
			cut(&bases[i], at);
			change(&bases[i], at);
		}
		lie_of_length(&bases[i]);
		fragments(&bases[i]);
	}
	chains();
}

static void open_tun(const char *name, int flags)
{
	struct ifreq ifr = { .ifr_flags = flags | IFF_NO_PI };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	out.fd = open("/dev/net/tun", O_RDWR);
	if (out.fd < 0 || ioctl(out.fd, TUNSETIFF, &ifr))
		err(1, "device %s", name);
	if (flags & IFF_TAP) {
		if (ioctl(out.fd, SIOCGIFHWADDR, &ifr))
			err(1, "address of %s", name);
		memcpy(out.mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	}
}

static void open_link(const char *name)
{
	out.fd = socket(AF_PACKET, SOCK_RAW, 0);
	out.to = (struct sockaddr_ll){
		.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(name),
		.sll_halen = ETH_ALEN,
	};
	if (out.fd < 0 || !out.to.sll_ifindex)
		err(1, "device %s", name);
}

/* Packets are sent as IPv4, if the kernel accepts them. */
static void open_raw(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	out.fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	inet_pton(AF_INET, "10.8.0.2", &to.sin_addr);
	if (out.fd < 0 || connect(out.fd, (void *)&to, sizeof(to)))
		err(1, "raw socket");
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "", *device = argc > 2 ? argv[2] : "";

	out.each = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	out.from = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	if (out.from >= out.each)
		errx(2, "FROM is not below EACH");
	if (!strcmp(way, "tun")) {
		open_tun(device, IFF_TUN);
	} else if (!strcmp(way, "gso")) {
		out.gso = true;
		open_tun(device, IFF_TUN | IFF_VNET_HDR);
	} else if (!strcmp(way, "pieces")) {
		out.pieces = true;
		open_tun(device, IFF_TAP | IFF_NAPI | IFF_NAPI_FRAGS);
	} else if (!strcmp(way, "link")) {
		out.link = true;
		open_link(device);
	} else if (!strcmp(way, "raw")) {
		open_raw();
	} else {
		errx(2, "usage: malformed tun|gso|pieces|link|raw DEVICE [EACH FROM]");
	}
	send_all();
	printf("packets %lu\n", out.accepted);
	return 0;
}
