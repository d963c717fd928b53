// SPDX-License-Identifier: GPL-2.0-only
/*
 * traffic - send an exact number of packets, of many flows, from one process
 *
 * Packets are built here, octet by octet, and given to the kernel as received packets:
 * through a tun device (--tun, lossless) or through a link (--dev with --mac, the
 * receiver's address). Or they are sent as by an ordinary process (--socket, UDP only,
 * passes the OUTPUT hook). The result is printed:
 *
 *	packets 1000 octets 128000 flows 10
 *
 * Octets count from the IP header on, and each fragment counts as a packet. Packet
 * number i belongs to flow i % flows. Flows differ in the ports first, then in the
 * addresses. SIGTERM ends the program early; it prints the result up to then.
 * "traffic -" reads lines of options and runs each, for kernels on which starting a
 * process takes seconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "parts/packet.h"

#define BATCH		64
#define BATCH_BYTES	2048	/* larger packets, with tags, are sent one by one */

static struct {
	const char *dev, *tun;
	uint8_t mac[6];
	bool socket, help;
	unsigned long count, rate, cut, type;
	struct octets tags;
	unsigned int cpu[2], cpus;
} opt = { .count = 1, .cpus = 1 };

static void emit(const uint8_t *packet, size_t len);

static struct form form = {
	.flows = 1, .proto = IPPROTO_UDP, .ttl = 64, .size = 100, .tcp_flags = 0x10,
	.icmp = 0x0800, .fragments = 1, .seed = 1,
	.sport = { .port = 10000, .count = 1 }, .dport = { .port = 53, .count = 1 },
	.emit = emit,
};

static uint64_t sent_packets, sent_octets;
static volatile sig_atomic_t stopped;
static int out_fd = -1, link_fd = -1;
static struct sockaddr_ll link_addr = { .sll_family = AF_PACKET, .sll_halen = 6 };

/* The batch: packets to be sent by one system call. */
static uint8_t batch_data[BATCH][BATCH_BYTES];
static struct iovec batch_iov[BATCH];
static struct mmsghdr batch[BATCH];
static unsigned int batch_count;

static void flush_batch(void)
{
	unsigned int done = 0;

	while (done < batch_count) {
		int n = sendmmsg(out_fd, batch + done, batch_count - done, 0);

		if (n < 0 && (errno == ENOBUFS || errno == EAGAIN || errno == EINTR)) {
			sched_yield();
			continue;
		}
		if (n < 0)
			err(1, "send on %s", opt.dev);
		done += n;
	}
	batch_count = 0;
}

/* Send one IP packet. */
static void emit(const uint8_t *packet, size_t len)
{
	if (opt.cut && len > opt.cut)
		len = opt.cut;
	if (opt.tun) {
		ssize_t n = write(out_fd, packet, len);

		/* with --fuzz: the tun device rejects packets that are not IP */
		if (n < 0 && !(form.fuzz && errno == EINVAL))
			err(1, "write to %s", opt.tun);
		if (n < 0)
			return;
	} else if (opt.tags.count + len <= BATCH_BYTES) {
		memcpy(batch_data[batch_count], opt.tags.at, opt.tags.count);
		memcpy(batch_data[batch_count] + opt.tags.count, packet, len);
		batch_iov[batch_count].iov_base = batch_data[batch_count];
		batch_iov[batch_count].iov_len = opt.tags.count + len;
		batch[batch_count].msg_hdr = (struct msghdr){
			.msg_name = &link_addr, .msg_namelen = sizeof(link_addr),
			.msg_iov = &batch_iov[batch_count], .msg_iovlen = 1,
		};
		if (++batch_count == BATCH)
			flush_batch();
	} else {
		if (opt.tags.count)
			errx(2, "a packet with tags is too large");
		flush_batch();
		if (sendto(out_fd, packet, len, 0, (void *)&link_addr, sizeof(link_addr)) < 0)
			err(1, "send on %s", opt.dev);
	}
	sent_packets++;
	sent_octets += len;
}

/* Send UDP packets like a process: one socket per source address, one port after another. */
static void send_socket(uint64_t number)
{
	static uint8_t payload[65507];
	static int *fds;
	uint64_t flow = number % form.flows;
	uint64_t source = flow % form.sport.count;
	bool ipv6 = form.src.family == AF_INET6;
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in6 from6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in from4 = { .sin_family = AF_INET };
	void *from = ipv6 ? (void *)&from6 : &from4;
	void *to = ipv6 ? (void *)&to6 : &to4;
	socklen_t len = ipv6 ? sizeof(to6) : sizeof(to4);

	if (!fds)
		fds = calloc(form.sport.count, sizeof(*fds));
	if (!fds)
		err(1, "sockets");
	flow /= form.sport.count;
	to4.sin_port = htons(form.dport.port + flow % form.dport.count);
	to6.sin6_port = to4.sin_port;
	range_addr(&form.dst, flow / form.dport.count % form.dst.count,
		   ipv6 ? to6.sin6_addr.s6_addr : (uint8_t *)&to4.sin_addr);

	if (!fds[source]) {
		int fd = socket(form.src.family, SOCK_DGRAM, 0), tos = form.tos;

		from4.sin_port = htons(form.sport.port + source);
		from6.sin6_port = from4.sin_port;
		range_addr(&form.src, 0,
			   ipv6 ? from6.sin6_addr.s6_addr : (uint8_t *)&from4.sin_addr);
		if (fd < 0 || bind(fd, from, len))
			err(1, "socket of source port %u", ntohs(from4.sin_port));
		if (ipv6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
		else
			setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
		fds[source] = fd;
	}
	/* The ICMP error of a closed port is reported once: send again. */
	while (sendto(fds[source], payload, form.size, 0, to, len) < 0)
		if (errno != ECONNREFUSED && errno != ENOBUFS)
			err(1, "sendto");
	sent_packets++;
	sent_octets += form.size + 8 + (ipv6 ? 40 : 20);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "processor %d", cpu);
}

/* Use absolute times, so that a late packet does not delay the packets after it. */
static void pace(uint64_t number)
{
	static struct timespec start;
	double at = (double)number / opt.rate;
	struct timespec until;

	if (!number)
		clock_gettime(CLOCK_MONOTONIC, &start);
	until.tv_sec = start.tv_sec + (time_t)at;
	until.tv_nsec = start.tv_nsec + (long)((at - (time_t)at) * 1e9);
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* One socket serves all devices: each packet is sent with its device's index. */
static int open_link(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0), size = 16 << 20;

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

static void open_output(void)
{
	if (opt.tun) {
		struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };

		snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", opt.tun);
		out_fd = open("/dev/net/tun", O_RDWR);
		if (out_fd < 0 || ioctl(out_fd, TUNSETIFF, &ifr))
			err(1, "tun device %s", opt.tun);
	} else if (opt.dev) {
		out_fd = link_fd < 0 ? open_link() : link_fd;
		link_addr.sll_ifindex = if_nametoindex(opt.dev);
		link_addr.sll_protocol = htons(opt.type ? opt.type :
					       form.src.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP);
		memcpy(link_addr.sll_addr, opt.mac, 6);
		if (!link_addr.sll_ifindex)
			err(1, "device %s", opt.dev);
	} else if (!opt.socket) {
		errx(1, "one of --tun, --dev, --socket says where packets go");
	}
}

static unsigned long number_of(const char *text, unsigned long max)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 0);
	if (errno || *end || end == text || v > max)
		errx(2, "%s: not a number of 0 to %lu", text, max);
	return v;
}

/* Parsers of option values. @target and @max come from the option's table entry. */
static void take_number(const char *text, void *target, unsigned long max)
{
	*(unsigned long *)target = number_of(text, max);
}

static void take_flag(const char *text, void *target, unsigned long max)
{
	*(bool *)target = true;
}

static void take_text(const char *text, void *target, unsigned long max)
{
	*(const char **)target = text;
}

/* BASE[+COUNT]: ports up to @max, or addresses if @max is 0 */
static void take_range(const char *text, void *target, unsigned long max)
{
	struct range *r = target;
	char base[64], *plus;

	snprintf(base, sizeof(base), "%s", text);
	r->count = 1;
	plus = strchr(base, '+');
	if (plus) {
		*plus = 0;
		r->count = number_of(plus + 1, UINT32_MAX);
	}
	if (!r->count)
		errx(2, "%s: none at all", text);
	if (max)
		r->port = number_of(base, max);
	else if (inet_pton(AF_INET, base, r->addr) == 1)
		r->family = AF_INET;
	else if (inet_pton(AF_INET6, base, r->addr) == 1)
		r->family = AF_INET6;
	else
		errx(2, "%s: no address", base);
}

static void take_proto(const char *text, void *target, unsigned long max)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} names[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "udplite", IPPROTO_UDPLITE },
		{ "sctp", IPPROTO_SCTP }, { "dccp", IPPROTO_DCCP }, { "icmp", IPPROTO_ICMP },
		{ "icmp6", IPPROTO_ICMPV6 }, { "igmp", IPPROTO_IGMP }, { "esp", IPPROTO_ESP },
		{ "ah", IPPROTO_AH }, { "gre", IPPROTO_GRE },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i].name)) {
			form.proto = names[i].proto;
			return;
		}
	}
	form.proto = number_of(text, max);
}

static void take_mac(const char *text, void *target, unsigned long max)
{
	unsigned int m[6];

	if (sscanf(text, "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5) != 6)
		errx(2, "%s: no MAC address", text);
	for (int i = 0; i < 6; i++)
		opt.mac[i] = m[i];
}

static void take_hex(const char *text, void *target, unsigned long max)
{
	struct octets *octets = target;
	unsigned int v;

	for (; *text; text += 2) {
		if (octets->count == max || sscanf(text, "%2x", &v) != 1 || !text[1])
			errx(2, "%s: up to %lu octets of two digits", text, max);
		octets->at[octets->count++] = v;
	}
}

static void take_exthdrs(const char *text, void *target, unsigned long max)
{
	char *list = strdup(text);

	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		if (form.exthdr_count == max)
			errx(2, "at most %lu extension headers", max);
		form.exthdrs[form.exthdr_count++] = number_of(word, 255);
	}
	free(list);
}

static void take_cpus(const char *text, void *target, unsigned long max)
{
	char *list = strdup(text);

	opt.cpus = 0;
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		if (opt.cpus == max)
			errx(2, "one processor, or two to take turns");
		opt.cpu[opt.cpus++] = number_of(word, CPU_SETSIZE - 1);
	}
	free(list);
}

static void take_seed(const char *text, void *target, unsigned long max)
{
	form.fuzz = true;
	form.seed = number_of(text, max) | 1;
}

static const struct parameter {
	const char *name;
	void (*take)(const char *text, void *target, unsigned long max);
	void *target;
	unsigned long max;
	const char *help;
} parameters[] = {
	{ "tun", take_text, &opt.tun, 0, "NAME: into this tun device" },
	{ "dev", take_text, &opt.dev, 0, "NAME: out of this device, with --mac" },
	{ "mac", take_mac, NULL, 0, "MAC of the receiver" },
	{ "type", take_number, &opt.type, 65535, "Ethernet type, if not the packet's" },
	{ "tags", take_hex, &opt.tags, 128, "DIGITS: octets before the packet" },
	{ "socket", take_flag, &opt.socket, 0, "as a process sends UDP" },
	{ "src", take_range, &form.src, 0, "ADDRESS[+N]: IPv4 or IPv6, and how many" },
	{ "dst", take_range, &form.dst, 0, "ADDRESS[+N]" },
	{ "sport", take_range, &form.sport, 65535, "PORT[+N] (10000)" },
	{ "dport", take_range, &form.dport, 65535, "PORT[+N] (53)" },
	{ "proto", take_proto, NULL, 255, "NAME or number (udp)" },
	{ "size", take_number, &form.size, 65000, "octets behind the transport header (100)" },
	{ "count", take_number, &opt.count, ULONG_MAX, "packets before fragmentation (1)" },
	{ "flows", take_number, &form.flows, UINT32_MAX, "packet i is of flow i % flows (1)" },
	{ "rate", take_number, &opt.rate, UINT32_MAX, "packets a second (all at once)" },
	{ "cpu", take_cpus, NULL, 2, "C[,D]: send on this processor (0), or on two in turn" },
	{ "tos", take_number, &form.tos, 255, "type of service, traffic class" },
	{ "ttl", take_number, &form.ttl, 255, "hops (64)" },
	{ "label", take_number, &form.label, 0xfffff, "flow label of IPv6" },
	{ "flags", take_number, &form.tcp_flags, 255, "TCP flags (0x10)" },
	{ "icmp", take_number, &form.icmp, 65535, "type and code (0x0800)" },
	{ "fragments", take_number, &form.fragments, 100, "cut each packet in so many" },
	{ "options", take_number, &form.ip_options, 40, "octets of IPv4 options" },
	{ "exthdrs", take_exthdrs, NULL, sizeof(form.exthdrs), "N,...: IPv6 headers by number" },
	{ "no-ports", take_flag, &form.no_ports, 0, "no transport header" },
	{ "cut", take_number, &opt.cut, PACKET_MAX, "keep so many octets of each packet" },
	{ "ip-hex", take_hex, &form.ip_hex, 40, "DIGITS: these IPv4 options" },
	{ "tcp-hex", take_hex, &form.tcp_hex, 40, "DIGITS: these TCP options" },
	{ "hex", take_hex, &form.hex, sizeof(form.hex.at), "DIGITS: this IP packet, as it is" },
	{ "fuzz", take_seed, NULL, UINT32_MAX, "SEED: change an octet of each at random" },
	{ "help", take_flag, &opt.help, 0, "" },
};

#define PARAMETERS	(sizeof(parameters) / sizeof(parameters[0]))

static void usage(FILE *to, int status)
{
	fprintf(to, "traffic: send packets, and print their number and their octets\n");
	for (size_t i = 0; i < PARAMETERS; i++)
		fprintf(to, "  --%-10s %s\n", parameters[i].name, parameters[i].help);
	exit(status);
}

static void parse(int argc, char **argv)
{
	static struct option options[PARAMETERS + 1];
	int i;

	for (i = 0; i < (int)PARAMETERS; i++) {
		options[i].name = parameters[i].name;
		options[i].has_arg = parameters[i].take != take_flag;
		options[i].val = i + 1;
	}
	while ((i = getopt_long(argc, argv, "", options, NULL)) > 0) {
		const struct parameter *p = &parameters[i - 1];

		if (i == '?')
			usage(stderr, 2);
		p->take(optarg, p->target, p->max);
	}
	if (opt.help)
		usage(stdout, 0);
	if (optind < argc)
		errx(2, "%s: not understood", argv[optind]);
	if (!form.hex.count && (!form.src.family || form.src.family != form.dst.family))
		errx(2, "--src and --dst must be of one family");
	if (form.hex.count && form.hex.at[0] >> 4 == 6)
		form.src.family = AF_INET6;
	if (!form.flows || !form.fragments || (form.ip_options + form.ip_hex.count) % 4 ||
	    form.ip_options + form.ip_hex.count > 40 || form.tcp_hex.count % 4)
		errx(2, "--flows and --fragments start at 1, options are words, 10 at most");
	if (opt.socket && (form.proto != IPPROTO_UDP || form.src.count > 1))
		errx(2, "--socket sends UDP from one address");
}

static void stop(int signal)
{
	stopped = 1;
}

static int run(int argc, char **argv)
{
	uint64_t i;

	parse(argc, argv);
	signal(SIGTERM, stop);
	open_output();
	/* Each CPU has its own flows: a task that migrates would make two parts of a flow. */
	if (opt.cpus == 1)
		pin(opt.cpu[0]);
	for (i = 0; i < opt.count && !stopped; i++) {
		if (opt.cpus == 2) {
			flush_batch();
			pin(opt.cpu[i & 1]);
		}
		if (opt.rate) {
			flush_batch();
			pace(i);
		}
		if (opt.socket)
			send_socket(i);
		else
			packet_make(&form, i);
	}
	flush_batch();
	printf("packets %llu octets %llu flows %llu\n", (unsigned long long)sent_packets,
	       (unsigned long long)sent_octets,
	       (unsigned long long)(i < form.flows ? i : form.flows));
	return 0;
}

/*
 * Each line is a run, as if this program had been called with it. All runs share one
 * packet socket, since closing one takes the kernel a long time.
 */
static int run_lines(char *name)
{
	char *argv[64], *line = NULL;
	size_t size = 0;

	link_fd = open_link();
	while (getline(&line, &size, stdin) > 0) {
		int argc = 0, status;
		pid_t child;

		argv[argc++] = name;
		for (char *word = strtok(line, "\n "); word && argc < 63;
		     word = strtok(NULL, "\n "))
			argv[argc++] = word;
		argv[argc] = NULL;
		child = fork();
		if (child < 0)
			err(1, "fork");
		if (!child) {
			status = run(argc, argv);
			fflush(stdout);
			/* exit() would move the file offset back, which the parent shares */
			_exit(status);
		}
		if (waitpid(child, &status, 0) < 0 || status)
			errx(1, "this line failed: %s", line);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "-"))
		return run_lines(argv[0]);
	return run(argc, argv);
}
