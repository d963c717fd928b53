// SPDX-License-Identifier: GPL-2.0-only
/*
 * reader - read IPFIX messages from a UDP port and sum their content
 *
 *	reader PORT [N]
 *
 * It prints "ready" when the port is open. On SIGTERM it reads the rest of the
 * socket's queue and prints the sums as names and numbers:
 *
 *	messages 46 records 1000 packets 3000 octets 138000 other 8 unknown 0
 *	missing 0 dropped 0 first 1700000000.000001 last 1700000000.700001
 *	nth 0.000000
 *
 * (on one line). "records" counts data records with a packet count, "other" data
 * records of options templates, "unknown" data sets whose template has not been
 * received, "missing" records lost on the way according to the sequence numbers,
 * "dropped" datagrams that did not fit into the socket's queue. "first", "last" and
 * "nth" are the times when the first, the last and the Nth record were read.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH		64
#define MESSAGE_MAX	2048
#define SOCKET_BUFFER	(1 << 30)

/* Set IDs of RFC 7011, and IANA's information elements */
enum { SET_TEMPLATE = 2, SET_OPTIONS = 3, SET_DATA = 256 };
enum { IE_OCTETS = 1, IE_PACKETS = 2 };
#define VARIABLE	65535

struct field {
	uint16_t offset, length;
};

struct template {
	bool known, options, variable;
	uint16_t length, fields;
	uint16_t lengths[64];
	struct field octets, packets;
};

static struct template templates[65536];
static struct {
	uint64_t messages, records, packets, octets, other, unknown, missing;
	struct timespec first, last, nth;
} sum;
static uint32_t dropped;
static volatile sig_atomic_t ending;

static uint16_t get16(const uint8_t *p)
{
	uint16_t x;

	memcpy(&x, p, sizeof(x));
	return be16toh(x);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return be32toh(x);
}

static uint64_t get_number(const uint8_t *p, unsigned int length)
{
	uint64_t x = 0;

	if (length == 8) {
		memcpy(&x, p, sizeof(x));
		return be64toh(x);
	}
	while (length--)
		x = x << 8 | *p++;
	return x;
}

/* Store one template. Return its size in the set, or 0 if it exceeds the set. */
static size_t learn(const uint8_t *p, const uint8_t *end, bool options)
{
	const uint8_t *begin = p;
	struct template *template;
	unsigned int id, count;

	if (end - p < 4)
		return 0;
	id = get16(p);
	count = get16(p + 2);
	if (id < SET_DATA || count > 64)
		return 0;
	p += options ? 6 : 4;
	template = &templates[id];
	memset(template, 0, sizeof(*template));
	template->options = options;
	while (count--) {
		unsigned int element, length;

		if (end - p < 4)
			return 0;
		element = get16(p);
		length = get16(p + 2);
		p += element & 0x8000 ? 8 : 4;
		if (length == VARIABLE)
			template->variable = true;
		if (element == IE_OCTETS)
			template->octets = (struct field){ template->length, length };
		if (element == IE_PACKETS)
			template->packets = (struct field){ template->length, length };
		template->lengths[template->fields++] = length;
		template->length += length == VARIABLE ? 0 : length;
	}
	template->known = p <= end;
	return p - begin;
}

static void read_templates(const uint8_t *p, const uint8_t *end, bool options)
{
	size_t size;

	/* fewer octets than a header has are padding */
	while (end - p > 4) {
		size = learn(p, end, options);
		if (!size)
			break;
		p += size;
	}
}

/* Return the size of a record with variable-length fields, or 0 if it exceeds the set. */
static size_t record_size(const struct template *template, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *begin = p;
	unsigned int i, length;

	for (i = 0; i < template->fields; i++) {
		length = template->lengths[i];
		if (length == VARIABLE) {
			if (end - p < 3)
				return 0;
			length = *p++;
			if (length == 255) {
				length = get16(p);
				p += 2;
			}
		}
		if (end - p < (ptrdiff_t)length)
			return 0;
		p += length;
	}
	return p - begin;
}

/* Return the number of records of both kinds. */
static unsigned int read_records(const struct template *template, const uint8_t *p,
				 const uint8_t *end)
{
	unsigned int count = 0;
	size_t size = template->length;

	for (; end - p >= (ptrdiff_t)size && end > p; p += size, count++) {
		if (template->variable) {
			size = record_size(template, p, end);
			if (!size)
				break;
		}
		if (template->options || !template->packets.length) {
			sum.other++;
			continue;
		}
		sum.records++;
		sum.packets += get_number(p + template->packets.offset, template->packets.length);
		sum.octets += get_number(p + template->octets.offset, template->octets.length);
	}
	return count;
}

static void read_message(const uint8_t *p, size_t size)
{
	static uint32_t expected;
	static bool begun;
	const uint8_t *end = p + size;
	unsigned int records = 0;
	uint32_t sequence;

	if (size < 16 || get16(p) != 10 || get16(p + 2) != size) {
		sum.unknown++;
		return;
	}
	sequence = get32(p + 8);
	if (begun)
		sum.missing += sequence - expected;
	begun = true;
	sum.messages++;
	for (p += 16; end - p >= 4;) {
		unsigned int id = get16(p), length = get16(p + 2);
		const uint8_t *set_end = p + length;

		if (length < 4 || set_end > end) {
			sum.unknown++;
			break;
		}
		if (id == SET_TEMPLATE || id == SET_OPTIONS)
			read_templates(p + 4, set_end, id == SET_OPTIONS);
		else if (id >= SET_DATA && templates[id].known)
			records += read_records(&templates[id], p + 4, set_end);
		else
			sum.unknown++;
		p = set_end;
	}
	expected = sequence + records;
}

static void print_time(const char *name, const struct timespec *time)
{
	printf(" %s %ld.%06ld", name, time->tv_sec, time->tv_nsec / 1000);
}

static void print_sums(void)
{
	printf("messages %lu records %lu packets %lu octets %lu", sum.messages, sum.records,
	       sum.packets, sum.octets);
	printf(" other %lu unknown %lu missing %lu dropped %u", sum.other, sum.unknown,
	       sum.missing, dropped);
	print_time("first", &sum.first);
	print_time("last", &sum.last);
	print_time("nth", &sum.nth);
	putchar('\n');
}

static void on_signal(int number)
{
	ending = 1;
}

/* Called once per batch, because reading the clock is slow in a guest. */
static void note_time(uint64_t before, uint64_t nth)
{
	if (sum.records == before)
		return;
	clock_gettime(CLOCK_REALTIME, &sum.last);
	if (!before)
		sum.first = sum.last;
	if (before < nth && sum.records >= nth)
		sum.nth = sum.last;
}

/* Each received datagram carries the number of dropped ones. */
static void note_dropped(struct msghdr *header)
{
	struct cmsghdr *control;

	for (control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
		if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL)
			memcpy(&dropped, CMSG_DATA(control), sizeof(dropped));
	}
}

static int open_port(const char *port)
{
	struct sockaddr_in6 name = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT };
	const struct timeval patience = { .tv_usec = 100000 };
	int size = SOCKET_BUFFER, on = 1, fd;

	name.sin6_port = htons(atoi(port));
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		err(1, "receive buffer");
	if (setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)))
		err(1, "count of drops");
	/* a time-out, for a signal that arrives just before the wait */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		err(1, "time-out");
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)))
		err(1, "port %s", port);
	return fd;
}

int main(int argc, char **argv)
{
	static uint8_t buffers[BATCH][MESSAGE_MAX];
	static char controls[BATCH][CMSG_SPACE(sizeof(uint32_t))];
	static struct mmsghdr messages[BATCH];
	static struct iovec vectors[BATCH];
	struct sigaction action = { .sa_handler = on_signal };
	uint64_t nth;
	int fd, i, n;

	if (argc < 2 || argc > 3)
		errx(1, "usage: reader PORT [N]");
	nth = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	fd = open_port(argv[1]);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	for (i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){ buffers[i], MESSAGE_MAX };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	puts("ready");
	fflush(stdout);

	for (;;) {
		const uint64_t before = sum.records;
		const bool last = ending;

		for (i = 0; i < BATCH; i++) {
			messages[i].msg_hdr.msg_control = controls[i];
			messages[i].msg_hdr.msg_controllen = sizeof(controls[i]);
		}
		n = recvmmsg(fd, messages, BATCH, last ? MSG_DONTWAIT : MSG_WAITFORONE, NULL);
		for (i = 0; i < n; i++) {
			read_message(buffers[i], messages[i].msg_len);
			note_dropped(&messages[i].msg_hdr);
		}
		note_time(before, nth);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			err(1, "recvmmsg");
		if (n <= 0 && last)
			break;
	}
	print_sums();
	return 0;
}
