// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a setting "destination": what it means, and what is refused.
 * inet_pton() of the C library stands in for the kernel's parsers of addresses.
 */
#include <linux/slab.h>

#define KBUILD_MODNAME "test"

#include "../../src/flow/fields.c"
#include "../../src/transport/collector.c"
#include "../../src/transport/destination.c"

#include "tap.h"

#define ONE(n)		"[::" #n "]:2055"
#define SIXTEEN		ONE(1) "|" ONE(2) "|" ONE(3) "|" ONE(4) "|" ONE(5) "|" ONE(6) "|"	\
			ONE(7) "|" ONE(8) "|" ONE(9) "|" ONE(a) "|" ONE(b) "|" ONE(c) "|"	\
			ONE(d) "|" ONE(e) "|" ONE(f) "|" ONE(10) " "
#define ONES	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:"

static const struct {
	const char *text;
	const char *names;	/* of what it means, a space after each */
} good[] = {
	{ "", "" },
	{ " ,; \t\n", "" },
	{ "127.0.0.1", "127.0.0.1:2055 " },
	{ "127.0.0.1:2055", "127.0.0.1:2055 " },
	{ "127.0.0.1:1", "127.0.0.1:1 " },
	{ "127.0.0.1:65535", "127.0.0.1:65535 " },
	{ "127.0.0.1:010", "127.0.0.1:10 " },	/* decimal, whatever it looks like */
	{ "0.0.0.0:9", "0.0.0.0:9 " },
	{ "::1", "[::1]:2055 " },
	{ "[::1]", "[::1]:2055 " },
	{ "[::1]:9996", "[::1]:9996 " },
	{ "::1#9996", "[::1]:9996 " },
	{ "::1p9996", "[::1]:9996 " },
	{ "[::1]#9996", "[::1]:9996 " },
	{ "[::1].9996", "[::1]:9996 " },
	{ "2001:db8::1.9996", "[2001:db8::1]:9996 " },
	{ "::ffff:1.2.3.4.77@::2%eth0/9", "[::ffff:1.2.3.4]:77@::2%eth0/9 " },
	{ "127.0.0.1:0x807", "127.0.0.1:2055 " },
	{ "::1#0XfFFf", "[::1]:65535 " },
	{ "2001:db8::1:2055", "[2001:db8::1:2055]:2055 " },
	{ "2001:db8:1:2:3:4:5:6", "[2001:db8:1:2:3:4:5:6]:2055 " },
	{ "::ffff:1.2.3.4p77", "[::ffff:1.2.3.4]:77 " },
	{ "10.0.0.1:2055@10.0.0.2", "10.0.0.1:2055@10.0.0.2 " },
	{ "10.0.0.1@10.0.0.2", "10.0.0.1:2055@10.0.0.2 " },
	{ "[fe80::1]:2055@[fe80::2]%eth0", "[fe80::1]:2055@fe80::2%eth0 " },
	{ "[fe80::1]:2055@fe80::2%eth0", "[fe80::1]:2055@fe80::2%eth0 " },
	{ "fe80::1%eth0", "[fe80::1]:2055%eth0 " },
	{ "10.0.0.1:2055%a23456789012345", "10.0.0.1:2055%a23456789012345 " },
	{ "10.0.0.1%eth0.100", "10.0.0.1:2055%eth0.100 " },
	{ "10.0.0.1%@", "10.0.0.1:2055%@ " },
	{ "1.1.1.1,2.2.2.2", "1.1.1.1:2055 2.2.2.2:2055 " },
	{ " 1.1.1.1 ; 2.2.2.2:7\t[::3]\n", "1.1.1.1:2055 2.2.2.2:7 [::3]:2055 " },
	{ "1.1.1.1,1.1.1.1:2055", "1.1.1.1:2055 " },
	{ "1.1.1.1,1.1.1.1%lo,1.1.1.1:2056", "1.1.1.1:2055 1.1.1.1:2055%lo 1.1.1.1:2056 " },
	/* protocols */
	{ "1.2.3.4/9", "1.2.3.4:2055/9 " },
	{ "1.2.3.4:5/v9,1.2.3.4:6/5,1.2.3.4:7/v5", "1.2.3.4:5/9 1.2.3.4:6/5 1.2.3.4:7/5 " },
	{ "1.2.3.4/10 [::1]:5/ipfix", "1.2.3.4:2055/10 [::1]:5/10 " },
	{ "::1#9/9", "[::1]:9/9 " },
	{ "10.0.0.1:2055@10.0.0.2%eth0/5", "10.0.0.1:2055@10.0.0.2%eth0/5 " },
	{ "1.1.1.1,1.1.1.1/9,1.1.1.1/v9", "1.1.1.1:2055 1.1.1.1:2055/9 " },
	/* an interface in the brackets */
	{ "[fe80::1%eth0]:2055", "[fe80::1]:2055%eth0 " },
	{ "[fe80::1%eth0]", "[fe80::1]:2055%eth0 " },
	{ "[fe80::1%eth0]:9@fe80::2/9", "[fe80::1]:9@fe80::2%eth0/9 " },
	{ "[fe80::1%eth0]:9%eth0", "[fe80::1]:9%eth0 " },
	{ "[::1%lo]:5", "[::1]:5%lo " },
	/* words */
	{ "1.2.3.4/nat", "1.2.3.4:2055/nat " },
	{ "1.2.3.4/flows", "1.2.3.4:2055/flows " },
	{ "1.2.3.4/flows/nat", "1.2.3.4:2055 " },
	{ "1.2.3.4/nat/v9", "1.2.3.4:2055/9/nat " },
	{ "1.2.3.4:5/fields=vlan+mac", "1.2.3.4:5/fields=mac+vlan " },
	{ "1.2.3.4:5/fields=none", "1.2.3.4:5/fields=none " },
	{ "10.0.0.1:2055/ipfix/nat/mtu=1400", "10.0.0.1:2055/10/nat " },
	{ "1.2.3.4/source=1.2.3.5/interface=eth1", "1.2.3.4:2055@1.2.3.5%eth1 " },
	{ "1.2.3.4%eth1/interface=eth1", "1.2.3.4:2055%eth1 " },
	{ "fe80::1/interface=eth1", "[fe80::1]:2055%eth1 " },
	{ "1.2.3.4/mtu=512/sport=1/mark=0/dscp=0/hops=1/domain=0/rate=8k", "1.2.3.4:2055 " },
	{ "1.2.3.4/mtu=65535/sport=65535/mark=0xffffffff/dscp=63/hops=255/domain=4294967295",
	  "1.2.3.4:2055 " },
	{ "1.2.3.4/mtu=1400,1.2.3.4", "1.2.3.4:2055 " },
	{ "1.2.3.4/nat,1.2.3.4/flows", "1.2.3.4:2055/nat 1.2.3.4:2055/flows " },
	/* groups */
	{ "1.1.1.1|2.2.2.2", "1.1.1.1:2055|2.2.2.2:2055 " },
	{ "1.1.1.1&2.2.2.2&[::3]:3", "1.1.1.1:2055&2.2.2.2:2055&[::3]:3 " },
	{ "1.1.1.1|2.2.2.2/nat", "1.1.1.1:2055/nat|2.2.2.2:2055/nat " },
	{ "1.1.1.1/9|2.2.2.2/5/flows,3.3.3.3",
	  "1.1.1.1:2055/9/flows|2.2.2.2:2055/5/flows 3.3.3.3:2055 " },
	{ "::1|::2|::3|::4|::5|::6|::7|::8|::9|::a|::b|::c|::d|::e|::f|::10", SIXTEEN },
	{ "1.1.1.1|2.2.2.2,2.2.2.2|1.1.1.1,1.1.1.1&2.2.2.2,1.1.1.1|2.2.2.2",
	  "1.1.1.1:2055|2.2.2.2:2055 2.2.2.2:2055|1.1.1.1:2055 1.1.1.1:2055&2.2.2.2:2055 " },
	{ ONES "fffep65535@" ONES "ffff%a23456789012345",
	  "[" ONES "fffe]:65535@" ONES "ffff%a23456789012345 " },
};

static const char *const bad[] = {
	"x", ":", "@", "%", "#", "p", "[", "]", "[]", ".", "-", "0", "1", "localhost",
	/* addresses */
	"1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4x", "1.2.3.4/24", "-1.2.3.4", "1..2.3",
	":::1", "1::2::3", "[::1", "::1]", "[::1]]", "[[::1]]", "[1.2.3.4]", "[1.2.3.4]:5",
	"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::1",
	/* ports */
	"1.2.3.4:", "1.2.3.4:0", "1.2.3.4:00000", "1.2.3.4:65536", "1.2.3.4:99999",
	"1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4: 1", "1.2.3.4:0x", "1.2.3.4:0x0", "1.2.3.4:0x10000",
	"1.2.3.4.5:6", "::1.", "::1.x", "::1.2.3", "::1.0", "::1@::2.5",
	"1.2.3.4:12a", "1.2.3.4:a12",
	"1.2.3.4:1:2", "1.2.3.4:00000001", "1.2.3.4:4294967297", "1.2.3.4:18446744073709551617",
	"1.2.3.4#5", "1.2.3.4p5", "[::1]:", "[::1]:0", "[::1]5", "[::1]::5", "::1p", "::1#",
	"::1pp5", "::1p5p6", "::1#65536", "1.2.3.4:http", "1.2.3.4:1.", "1.2.3.4:1e3",
	/* sources */
	"1.2.3.4@", "1.2.3.4@x", "1.2.3.4@::1", "::1@1.2.3.4", "1.2.3.4@1.2.3.4:5", "@1.2.3.4",
	"1.2.3.4@1.2.3.4@1.2.3.4", "[::1]:5@[::2]:6", "[::1]@[::2", "1.2.3.4:@1.2.3.4",
	/* interfaces */
	"1.2.3.4%", "1.2.3.4%.", "1.2.3.4%..", "1.2.3.4%a/b", "1.2.3.4%a:1", "%eth0",
	"1.2.3.4%a234567890123456", "1.2.3.4%eth0@1.2.3.4:5", "1.2.3.4:%eth0",
	/* protocols */
	"1.2.3.4/", "1.2.3.4/8", "1.2.3.4/v10", "1.2.3.4/09", "1.2.3.4/9/9", "1.2.3.4/IPFIX",
	"1.2.3.4/ipfi", "1.2.3.4/ipfixx", "1.2.3.4/9:2055", "1.2.3.4/9@1.2.3.5", "1.2.3.4/9%eth0",
	"/9", "1.2.3.4:/9", "1.2.3.4@/9", "1.2.3.4%/9", "v9:1.2.3.4",
	/* one of several */
	"1.2.3.4,x", "x,1.2.3.4", "1.2.3.4,[::1", "1.2.3.4,1.2.3.4:0",
	/* interfaces in brackets, link-local addresses */
	"[fe80::1]:2055", "fe80::1", "[febf::1]", "[fe80::1%]:5", "[fe80::1%eth0", "[%eth0]:5",
	"[fe80::1%eth0]:5%eth1", "[fe80::1%eth0]:5/interface=eth1", "[fe80::1%a/b]:5",
	"[fe80::1%eth0]x", "[fe80::1%a234567890123456]",
	/* words */
	"1.2.3.4/", "1.2.3.4//nat", "1.2.3.4/nat/", "1.2.3.4/NAT", "1.2.3.4/flow", "1.2.3.4/mtu",
	"1.2.3.4/mtu=", "1.2.3.4/mtu=511", "1.2.3.4/mtu=65536", "1.2.3.4/mtu=-1",
	"1.2.3.4/mtu=1400x", "1.2.3.4/mtu=0x", "1.2.3.4/mtu=99999999999999999999",
	"1.2.3.4/sport=0", "1.2.3.4/sport=65536", "1.2.3.4/mark=4294967296", "1.2.3.4/dscp=64",
	"1.2.3.4/hops=0", "1.2.3.4/hops=256", "1.2.3.4/domain=4294967296", "1.2.3.4/rate=7999",
	"1.2.3.4/rate=", "1.2.3.4/rate=k", "1.2.3.4/rate=1x", "1.2.3.4/rate=1kk",
	"1.2.3.4/rate=35g", "1.2.3.4/=1", "1.2.3.4/x=1", "1.2.3.4/fields=", "1.2.3.4/fields=x",
	"1.2.3.4/fields=mac/fields=vlan", "1.2.3.4/source=",
	"1.2.3.4/source=::1", "1.2.3.4/source=1.2.3", "1.2.3.4/interface=", "1.2.3.4/9/v9",
	/* groups */
	"1.1.1.1|", "|1.1.1.1", "1.1.1.1||2.2.2.2", "1.1.1.1&", "1.1.1.1|2.2.2.2&3.3.3.3",
	"1.1.1.1/nat|2.2.2.2/flows", "1.1.1.1/fields=mac|2.2.2.2/fields=vlan", "|", "&",
	"1.1.1.1|x", "1.1.1.1|1.1.1.1", "1.1.1.1&2.2.2.2&1.1.1.1:2055", "1.1.1.1|2.2.2.2:0",
	"1.1.1.1|::2|::3|::4|::5|::6|::7|::8|::9|::a|::b|::c|::d|::e|::f|::10|::11",
};

/* The text ends where its memory does. Returns the names, or NULL if refused. */
static const char *meaning(const char *text, int *error)
{
	const struct nfl_destination *destination;
	static char names[65536];
	LIST_HEAD(list);
	char *copy = strdup(text), *at = names;
	unsigned int i;

	*error = nfl_destinations_parse(copy, &list);
	free(copy);
	*at = '\0';
	list_for_each_entry(destination, &list, list) {
		for (i = 0; i < destination->count; i++)
			at += snprintf(at, names + sizeof(names) - at, "%s%c",
				       destination->collector[i].name,
				       i + 1 == destination->count ? ' ' :
				       destination->shares ? '&' : '|');
	}
	nfl_destinations_free(&list);
	check(list.next == &list && !shim_alloc_out, "\"%s\": memory is lost", text);
	return *error ? NULL : names;
}

static void test_tables(void)
{
	const char *names;
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		names = meaning(good[i].text, &error);
		check(names && !strcmp(names, good[i].names), "\"%s\": \"%s\", not \"%s\"",
		      good[i].text, names ?: "refused", good[i].names);
	}
	test("valid texts are parsed");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		names = meaning(bad[i], &error);
		check(error == -EINVAL, "\"%s\": %d, \"%s\"", bad[i], error, names ?: "");
	}
	test("invalid texts are rejected");
}

/*
 * What is taken can be given back as a setting and means the same: of every
 * beginning of a good text, and of texts with an octet changed.
 */
static void again(const char *text)
{
	const char *names;
	char *first;
	int error;

	names = meaning(text, &error);
	check(!error || error == -EINVAL, "\"%s\": %d", text, error);
	if (!names)
		return;
	first = strdup(names);
	names = meaning(first, &error);
	check(names && !strcmp(names, first), "\"%s\": \"%s\", then \"%s\"", text, first,
	      names ?: "refused");
	free(first);
}

static void test_prefixes(void)
{
	static const char alphabet[] = "0123456789abcdefp:.[]#@% ,x\x01\x7f\xff+-/|&=";
	unsigned int i, j, round;
	char text[256];

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		for (j = 0; j <= strlen(good[i].text); j++) {
			memcpy(text, good[i].text, j);
			text[j] = '\0';
			again(text);
			again(good[i].text + j);
		}
	}
	test("every prefix and every suffix of a valid text");
	for (round = 0; round < 200000; round++) {
		const char *from = good[random_below(ARRAY_SIZE(good))].text;
		const size_t length = strlen(from);

		memcpy(text, from, length + 1);
		for (i = 1 + random_below(3); i && length; i--)
			text[random_below(length)] =
				alphabet[random_below(sizeof(alphabet) - 1)];
		again(text);
	}
	test("valid texts with changed octets");
}

/* What the socket will be given. */
static void test_addresses(void)
{
	const struct nfl_destination *d;
	const struct nfl_collector *c;
	const struct sockaddr_in6 *in6;
	const struct sockaddr_in *in;
	LIST_HEAD(list);

	check(!nfl_destinations_parse("1.2.3.4:5@6.7.8.9%eth7/v9 [::a]:11@::c", &list), "parsed");
	d = list_entry_of(list.next, d, list);
	c = &d->collector[0];
	in = (const struct sockaddr_in *)&c->address;
	check(in->sin_family == AF_INET && in->sin_port == htons(5) &&
	      in->sin_addr.s_addr == htonl(0x01020304), "IPv4 address");
	in = (const struct sockaddr_in *)&c->source;
	check(in->sin_family == AF_INET && !in->sin_port &&
	      in->sin_addr.s_addr == htonl(0x06070809), "IPv4 source");
	check(!strcmp(c->interface, "eth7"), "interface");
	check(c->version == 9, "protocol");
	check(d->logs == (BIT(NFL_LOG_FLOWS) | BIT(NFL_LOG_EVENTS)), "flows and NAT events");
	check(!d->has_fields && !d->shares && d->count == 1 && !c->numbers, "no words");
	d = list_entry_of(d->list.next, d, list);
	c = &d->collector[0];
	in6 = (const struct sockaddr_in6 *)&c->address;
	check(in6->sin6_family == AF_INET6 && in6->sin6_port == htons(11) &&
	      in6->sin6_addr.s6_addr[15] == 10, "IPv6 address");
	in6 = (const struct sockaddr_in6 *)&c->source;
	check(in6->sin6_family == AF_INET6 && in6->sin6_addr.s6_addr[15] == 12, "IPv6 source");
	check(!c->interface[0], "no interface");
	check(!c->version, "no protocol");
	nfl_destinations_free(&list);
	test("socket addresses");
}

/* What each word sets. */
static const struct {
	const char *word;
	enum nfl_collector_number number;
	u32 value;
} number_words[] = {
	{ "mtu=1400", NFL_COLLECTOR_MTU, 1400 },
	{ "sport=4739", NFL_COLLECTOR_SPORT, 4739 },
	{ "mark=0x10", NFL_COLLECTOR_MARK, 16 },
	{ "mark=010", NFL_COLLECTOR_MARK, 10 },
	{ "dscp=10", NFL_COLLECTOR_DSCP, 10 },
	{ "hops=7", NFL_COLLECTOR_HOPS, 7 },
	{ "domain=0", NFL_COLLECTOR_DOMAIN, 0 },
	{ "rate=8000", NFL_COLLECTOR_RATE, 1000 },
	{ "rate=8000bit", NFL_COLLECTOR_RATE, 1000 },
	{ "rate=64k", NFL_COLLECTOR_RATE, 8000 },
	{ "rate=64kbit", NFL_COLLECTOR_RATE, 8000 },
	{ "rate=10m", NFL_COLLECTOR_RATE, 1250000 },
	{ "rate=1gbit", NFL_COLLECTOR_RATE, 125000000 },
};

static void test_words(void)
{
	const struct nfl_destination *d;
	unsigned int i;
	char text[128];

	for (i = 0; i < ARRAY_SIZE(number_words); i++) {
		LIST_HEAD(list);

		snprintf(text, sizeof(text), "1.1.1.1/nat|2.2.2.2/%s", number_words[i].word);
		check(!nfl_destinations_parse(text, &list), "\"%s\" is taken", text);
		d = list_entry_of(list.next, d, list);
		check(d->count == 2 && !d->shares && d->logs == BIT(NFL_LOG_EVENTS),
		      "\"%s\": two collectors of NAT events", text);
		check(!d->collector[0].numbers, "\"%s\": the first has no number", text);
		check(d->collector[1].numbers == BIT(number_words[i].number) &&
		      d->collector[1].number[number_words[i].number] == number_words[i].value,
		      "\"%s\": the second has one", text);
		check(nfl_collector_number(&d->collector[0], number_words[i].number, 77) == 77 &&
		      nfl_collector_number(&d->collector[1], number_words[i].number, 77) ==
		      number_words[i].value, "\"%s\": what holds", text);
		nfl_destinations_free(&list);
	}
	test("words with a number");
}

static unsigned int left;

static bool no_memory(size_t size)
{
	return !left || !--left;
}

static void test_memory(void)
{
	const char *names;
	unsigned int i;
	int error;

	shim_alloc_fails = no_memory;
	for (i = 1; i <= 3; i++) {
		left = i;
		names = meaning("1.1.1.1,2.2.2.2,3.3.3.3", &error);
		check(!names && error == -ENOMEM, "refused the %u.: %d", i, error);
	}
	shim_alloc_fails = NULL;
	test("a lack of memory is reported, and no memory leaks");
}

static void test_many(void)
{
	static char text[65536];
	const char *names;
	unsigned int i;
	char *at = text;
	int error;

	for (i = 0; i < 1000; i++)
		at += sprintf(at, "10.0.%u.%u:%u,", i / 256, i % 256, i + 1);
	names = meaning(text, &error);
	check(names && strlen(names) == strlen(text), "%d", error);
	memset(text, '1', sizeof(text) - 1);
	names = meaning(text, &error);
	check(!names, "64 KiB of ones");
	test("a thousand destinations, and one that is too long");
}

int main(void)
{
	tap_begin();
	test_tables();
	test_prefixes();
	test_addresses();
	test_words();
	test_memory();
	test_many();
	return tap_end();
}
