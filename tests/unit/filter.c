// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters of netflow-top: which flows they take, and what is refused.
 */
#define _GNU_SOURCE
#include "../../programs/names.c"
#include "../../programs/filter.c"

#include "tap.h"

/* The flows that filters choose from, and the letter that stands for each. */
static const struct {
	char letter;
	const char *source, *destination;
	uint16_t source_port, destination_port;
	uint8_t protocol;
	uint32_t in, out;
} flows[] = {
	{ 'a', "10.1.0.2", "10.2.0.2", 40000, 443, 6, 7001, 7002 },
	{ 'b', "10.2.0.2", "10.1.0.2", 443, 40000, 6, 7002, 7001 },
	{ 'c', "192.168.255.1", "8.8.8.8", 1024, 53, 17, 7003, 0 },
	{ 'd', "10.1.0.2", "10.1.255.255", 0, 2048, 1, 0, 7002 },
	{ 'e', "fd00:1::2", "fd00:2::2", 53, 53, 17, 7001, 7002 },
	{ 'f', "fd00:1::80", "::1", 0, 33024, 58, 1, 7001 },
};

static const struct {
	const char *text;
	const char *letters;	/* of the flows that it takes; NULL if it is refused */
} filters[] = {
	{ "", "abcdef" },
	{ " \t\n", "abcdef" },
	{ "host 10.1.0.2", "abd" },
	{ "src host 10.1.0.2", "ad" },
	{ "destination host 10.1.0.2", "b" },
	{ "host 10.1.0.2,8.8.8.8", "abcd" },
	{ "host fd00:1::2", "e" },
	{ "host FD00:1:0::2", "e" },
	{ "net 10.0.0.0/8", "abd" },
	{ "net 10.1.0.0/16", "abd" },
	{ "src net 10.1.0.0/16", "ad" },
	{ "net 10.1.128.0/17", "d" },
	{ "net 10.1.0.3/31", "abd" },
	{ "net 0.0.0.0/0", "abcd" },
	{ "net ::/0", "ef" },
	{ "net fd00:1::/121", "e" },
	{ "net fd00:1::80/121", "f" },
	{ "net fd00:1::/120", "ef" },
	{ "net 10.1.0.2", "abd" },
	{ "net 192.168.255.0/25,fd00::/16", "cef" },
	{ "port 53", "ce" },
	{ "src port 53", "e" },
	{ "dst port 443", "a" },
	{ "port 440-450,1024", "abc" },
	{ "port 0", "" },		/* ICMP has none */
	{ "port 0-65535", "abce" },
	{ "proto tcp", "ab" },
	{ "proto ICMP,58", "df" },
	{ "proto 17", "ce" },
	{ "interface 7001", "abef" },
	{ "in 7001", "ae" },
	{ "out 7001", "bf" },
	{ "in lo", "f" },
	{ "interface no-such-device", "" },
	{ "interface 0", "" },
	{ "ip", "abcd" },
	{ "ip6", "ef" },
	{ "not ip", "ef" },
	{ "not host 10.1.0.2", "cef" },
	{ "not src net 10.0.0.0/8,fd00::/8", "c" },
	{ "host 10.1.0.2 proto tcp", "ab" },
	{ "host 10.1.0.2 proto tcp dst port 443 in 7001", "a" },
	{ "ip not proto tcp not proto udp", "d" },
	{ "host", NULL },
	{ "host 10.1.0", NULL },
	{ "host 10.1.0.2,", NULL },
	{ "host ,", NULL },
	{ "host 10.1.0.2/24", NULL },
	{ "host example.org", NULL },
	{ "net 10.0.0.0/33", NULL },
	{ "net ::/129", NULL },
	{ "net 10.0.0.0/", NULL },
	{ "net 10.0.0.0/-1", NULL },
	{ "net 10.0.0.0/8/8", NULL },
	{ "port", NULL },
	{ "port http", NULL },
	{ "port 65536", NULL },
	{ "port -1", NULL },
	{ "port 5-", NULL },
	{ "port 9-5", NULL },
	{ "port 1-2-3", NULL },
	{ "proto", NULL },
	{ "proto 256", NULL },
	{ "proto tcpp", NULL },
	{ "interface a234567890123456", NULL },
	{ "src interface eth0", NULL },
	{ "src ip", NULL },
	{ "src", NULL },
	{ "not", NULL },
	{ "not not ip", NULL },
	{ "10.1.0.2", NULL },
	{ "host 10.1.0.2 and", NULL },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void make_flow(unsigned int i, struct flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->key.family = strchr(flows[i].source, ':') ? AF_INET6 : AF_INET;
	inet_pton(flow->key.family, flows[i].source, flow->key.source);
	inet_pton(flow->key.family, flows[i].destination, flow->key.destination);
	flow->key.source_port = flows[i].source_port;
	flow->key.destination_port = flows[i].destination_port;
	flow->key.protocol = flows[i].protocol;
	flow->key.in = flows[i].in;
	flow->out = flows[i].out;
}

/* The letters of the flows that are taken; NULL if the text is refused. */
static const char *taken(const char *text)
{
	static char letters[COUNT(flows) + 1];
	char error[200] = "", *at = letters;
	struct filter filter;
	struct flow flow;
	unsigned int i;

	if (!filter_parse(&filter, text, error, sizeof(error))) {
		check(*error && !filter.terms, "\"%s\": nothing is said", text);
		return NULL;
	}
	filter_refresh(&filter);
	for (i = 0; i < COUNT(flows); i++) {
		make_flow(i, &flow);
		if (filter_takes(&filter, &flow))
			*at++ = flows[i].letter;
	}
	*at = '\0';
	filter_free(&filter);
	return letters;
}

static void test_table(void)
{
	unsigned int i;

	for (i = 0; i < COUNT(filters); i++) {
		const char *letters = taken(filters[i].text);

		if (filters[i].letters)
			check(letters && !strcmp(letters, filters[i].letters), "\"%s\": %s, not %s",
			      filters[i].text, letters ?: "refused", filters[i].letters);
		else
			check(!letters, "\"%s\": %s", filters[i].text, letters);
	}
	test("filters match what they say, or are rejected");
}

static void test_changed(void)
{
	static const char alphabet[] = "0123456789.:/-, not src host net port\x01\xff";
	unsigned int round, i;
	char text[128];

	for (round = 0; round < 100000; round++) {
		strcpy(text, filters[random_below(COUNT(filters))].text);
		for (i = random_below(4); i && *text; i--)
			text[random_below(strlen(text))] =
				alphabet[random_below(sizeof(alphabet) - 1)];
		if (*text && !random_below(4))
			text[random_below(strlen(text))] = '\0';
		taken(text);
		check(true, "no crash");
	}
	test("filters with changed octets, and cut off");
}

static void test_names(void)
{
	unsigned int i;
	uint8_t number;

	for (i = 0; i < 256; i++)
		check(protocol_number(protocol_name(i), &number) && number == i, "protocol %u", i);
	interface_names_read();
	check(!strcmp(interface_name(0), "-"), "no interface");
	check(!strcmp(interface_name(if_nametoindex("lo")), "lo"), "lo");
	check(!strcmp(interface_name(4000000000), "4000000000"), "an interface that is gone");
	if_freenameindex(interfaces);
	test("names of protocols and interfaces");
}

int main(void)
{
	tap_begin();
	test_table();
	test_changed();
	test_names();
	return tap_end();
}
