// SPDX-License-Identifier: GPL-2.0-only
/*
 * chaos - a random sequence of operations on the module
 *
 *	chaos SEED OPERATIONS
 *
 * The operations: write valid and invalid settings; replace rules; create, enter and
 * leave network namespaces; send UDP and raw packets; read all files. At times the
 * program stops all activity and checks the law (see tests/law.sh): no packet may be
 * missing. One process does everything and only the seed decides, so the same seed
 * gives the same sequence. If the law is broken the program exits and prints the
 * number of the operation.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NAMESPACES	4
#define RULES_MAX	3
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define SETTINGS	"/proc/sys/net/netflow/"
#define STATISTICS	"/proc/net/stat/"

static uint64_t state;
static unsigned long packets, operation;

/* The existing namespaces. Namespace 0 is the initial one and is never removed. */
static struct {
	int fd;
	int sockets[2];
	int raw;
} spaces[NAMESPACES];

static unsigned int here;

static uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % below;
}

static void file_write(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0 && errno != EINVAL && errno != ENOMEM &&
	    errno != ENOBUFS && errno != ENODEV)
		warn("%s: %s", path, text);
	close(fd);
}

static ssize_t file_read(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY);
	ssize_t n, length = 0;

	if (fd < 0)
		return -1;
	while ((n = read(fd, text + length, size - 1 - length)) > 0)
		length += n;
	close(fd);
	text[length] = '\0';
	return length;
}

/* Valid values of each setting, and values that are invalid for all. */
static const struct {
	const char *name;
	const char *values[8];
} settings[] = {
	{ "protocol", { "5", "9", "10", "7" } },
	{ "destination", { "127.0.0.1:2055", "", "127.0.0.1:2055/9,[::1]:2055/5", "127.0.0.1:9",
			   "10.99.0.1:2055", "127.0.0.1:2055@127.0.0.9,127.0.0.2:2055/9", "x" } },
	{ "fields", { "", "mac,vlan", "options,exthdrs,tcpoptions", "mpls physdev", "no" } },
	{ "hooks", { "0", "63", "output", "prerouting,postrouting", "input", "12", "ingress",
		     "all" } },
	{ "sampler", { "", "hash:3", "packets:2", "packets-random:5", "random:2", "hash:1" } },
	{ "aggregation", { "", "127.0.0.0/8=16,10000-10100=0", "::/0=64", "1-2=x" } },
	{ "snmp-rules", { "", "lo:100,t:200", "lo" } },
	{ "hooks_mark", { "0", "0x10", "-" } },
	{ "hooks_mark_mask", { "0", "0", "0xf0" } },
	{ "natevents", { "0", "1", "2" } },
	{ "natfields", { "0", "1" } },
	{ "promisc", { "0", "1" } },
	{ "active_timeout", { "1", "2", "1800", "0" } },
	{ "inactive_timeout", { "1", "15", "604800", "604801" } },
	{ "refresh-rate", { "1", "20", "0" } },
	{ "timeout-rate", { "1", "30" } },
	{ "hashsize", { "0", "100", "100000", "-1" } },
	{ "maxflows", { "0", "10", "100", "2000000" } },
	{ "sndbuf", { "0", "4608", "1000000" } },
	{ "engine_id", { "0", "4294967295", "7" } },
	{ "mtu", { "0", "512", "65535", "100" } },
	{ "scan-min", { "1", "5", "99999" } },
	{ "exportcpu", { "-1", "0", "1", "4000" } },
	{ "debug", { "0", "1" } },
	{ "flush", { "1", "2", "0" } },
};

static void set_something(void)
{
	const unsigned int i = any(ARRAY_SIZE(settings));
	unsigned int count = 0;
	char path[64];

	while (count < 8 && settings[i].values[count])
		count++;
	snprintf(path, sizeof(path), SETTINGS "%s", settings[i].name);
	file_write(path, settings[i].values[any(count)]);
}

static void send_packets(void)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const unsigned int count = 1 + any(200), flows = 1 + any(count);
	static const char payload[1000];

	to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned int i = 0; i < count; i++) {
		const int fd = spaces[here].sockets[i & 1];
		ssize_t n;

		to4.sin_port = htons(10000 + i % flows);
		to6.sin6_port = to4.sin_port;
		n = i & 1 ? sendto(fd, payload, any(1000), 0, (void *)&to6, sizeof(to6)) :
			    sendto(fd, payload, any(1000), 0, (void *)&to4, sizeof(to4));
		packets += n >= 0;
	}
}

/* Send random octets through a raw socket. */
static void send_raw(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint8_t packet[100];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned int i = 0; i < 20; i++) {
		const size_t length = 20 + any(sizeof(packet) - 20);

		for (size_t j = 0; j < length; j++)
			packet[j] = any(256);
		packet[0] = 0x40 | (5 + any(3));
		packet[6] = any(4) ? 0 : packet[6];
		memcpy(packet + 16, &to.sin_addr, 4);
		packets += sendto(spaces[here].raw, packet, length, 0, (void *)&to,
				  sizeof(to)) >= 0;
	}
}

static void read_something(void)
{
	static const char *const files[] = {
		STATISTICS "ipt_netflow", STATISTICS "ipt_netflow_snmp",
		STATISTICS "ipt_netflow_flows", STATISTICS "ipt_netflow_audit",
		SETTINGS "destination", SETTINGS "fields", SETTINGS "hooks", SETTINGS "flush",
	};
	static char text[1 << 20];

	file_read(files[any(ARRAY_SIZE(files))], text, sizeof(text));
}

static void append_policy(uint8_t *at, unsigned int *size)
{
	struct ipt_entry *entry = (void *)(at + *size);
	struct xt_standard_target *target = (void *)entry->elems;

	entry->target_offset = sizeof(*entry);
	entry->next_offset = sizeof(*entry) + sizeof(*target);
	target->target.u.target_size = sizeof(*target);
	target->verdict = -NF_ACCEPT - 1;
	*size += entry->next_offset;
}

static void append_rule(uint8_t *at, unsigned int *size)
{
	struct ipt_entry *entry = (void *)(at + *size);
	struct xt_entry_target *target = (void *)entry->elems;

	entry->target_offset = sizeof(*entry);
	entry->next_offset = sizeof(*entry) + sizeof(*target);
	target->u.target_size = sizeof(*target);
	strcpy(target->u.user.name, "NETFLOW");
	*size += entry->next_offset;
}

static void append_end(uint8_t *at, unsigned int *size)
{
	struct ipt_entry *entry = (void *)(at + *size);
	struct xt_error_target *target = (void *)entry->elems;

	entry->target_offset = sizeof(*entry);
	entry->next_offset = sizeof(*entry) + sizeof(*target);
	target->target.u.target_size = sizeof(*target);
	strcpy(target->target.u.user.name, "ERROR");
	strcpy(target->errorname, "ERROR");
	*size += entry->next_offset;
}

/* Replace the raw table; its two chains get a random number of -j NETFLOW rules. */
static void replace_rules(void)
{
	static const unsigned int hooks[] = { NF_INET_PRE_ROUTING, NF_INET_LOCAL_OUT };
	struct ipt_getinfo info = { .name = "raw" };
	struct xt_counters counters[64];
	static uint64_t memory[512];
	struct ipt_replace *replace = (void *)memory;
	socklen_t length = sizeof(info);
	unsigned int size = 0;

	if (getsockopt(spaces[here].raw, IPPROTO_IP, IPT_SO_GET_INFO, &info, &length) ||
	    info.num_entries > ARRAY_SIZE(counters))
		return;
	memset(memory, 0, sizeof(memory));
	strcpy(replace->name, "raw");
	replace->valid_hooks = info.valid_hooks;
	replace->num_counters = info.num_entries;
	replace->counters = counters;
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		unsigned int count = any(RULES_MAX + 1);

		replace->hook_entry[hooks[i]] = size;
		replace->num_entries += count + 1;
		while (count--)
			append_rule((uint8_t *)replace->entries, &size);
		replace->underflow[hooks[i]] = size;
		append_policy((uint8_t *)replace->entries, &size);
	}
	append_end((uint8_t *)replace->entries, &size);
	replace->num_entries++;
	replace->size = size;
	if (setsockopt(spaces[here].raw, IPPROTO_IP, IPT_SO_SET_REPLACE, replace,
		       sizeof(*replace) + size) && errno != ENOMEM && errno != EAGAIN)
		err(1, "rules");
}

static void space_open(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	spaces[here].fd = open("/proc/self/ns/net", O_RDONLY);
	spaces[here].sockets[0] = socket(AF_INET, SOCK_DGRAM, 0);
	spaces[here].sockets[1] = socket(AF_INET6, SOCK_DGRAM, 0);
	spaces[here].raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (spaces[here].fd >= 0)
		ioctl(spaces[here].sockets[0], SIOCSIFFLAGS, &ifr);
}

static void space_enter(unsigned int which)
{
	here = which;
	if (setns(spaces[here].fd, CLONE_NEWNET))
		err(1, "namespace %u", which);
}

/* Enter a namespace, and create it if needed. At times remove the old one. */
static void move(void)
{
	const unsigned int old = here, to = any(NAMESPACES);

	if (spaces[to].fd >= 0) {
		space_enter(to);
	} else {
		if (unshare(CLONE_NEWNET))
			return;
		here = to;
		space_open();
		if (spaces[to].fd < 0)
			space_enter(old);
	}
	if (old && old != here && !any(3)) {
		close(spaces[old].sockets[0]);
		close(spaces[old].sockets[1]);
		close(spaces[old].raw);
		close(spaces[old].fd);
		spaces[old].fd = -1;
	}
}

/* Check the law while only the kernel is active. Its work may take some time. */
static bool law_holds(void)
{
	char text[4096], *missing;
	int tries;

	/* two minutes, for slow machines */
	for (tries = 0; tries < 6000; tries++) {
		if (file_read(STATISTICS "ipt_netflow_audit", text, sizeof(text)) < 0)
			return true;
		missing = strstr(text, "missing");
		if (missing && strstr(missing, " 0 0\n"))
			return true;
		usleep(20000);
	}
	fputs(text, stderr);
	return false;
}

static void look(void)
{
	if (!law_holds())
		errx(1, "operation %lu: the law does not hold", operation);
}

/* Repeated entries give the probability of each operation. */
static void (*const operations[])(void) = {
	set_something, set_something, set_something, set_something, set_something,
	send_packets, send_packets, send_packets, send_raw,
	read_something, read_something, replace_rules, move, look,
};

int main(int argc, char **argv)
{
	unsigned long count, i;

	if (argc != 3)
		errx(2, "usage: chaos SEED OPERATIONS");
	state = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15ULL | 1;
	count = strtoul(argv[2], NULL, 10);
	for (i = 1; i < NAMESPACES; i++)
		spaces[i].fd = -1;
	space_open();
	for (operation = 0; operation < count; operation++)
		operations[any(ARRAY_SIZE(operations))]();
	for (i = 0; i < NAMESPACES; i++) {
		if (spaces[i].fd < 0)
			continue;
		space_enter(i);
		file_write(SETTINGS "flush", "1");
		look();
	}
	printf("packets %lu\n", packets);
	return 0;
}
