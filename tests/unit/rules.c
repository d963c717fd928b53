// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of aggregation and snmp-rules: what texts mean, what is refused, and
 * what is left of addresses.
 */
#include <linux/slab.h>

#include "../../src/meter/aggregation_rules.c"
#undef SEPARATORS
#define parse_one parse_ifrule
#include "../../src/export/interface_rules.c"

#include "tap.h"

static const char *const bad_rewrites[] = {
	"x", "=", "/", "1", "1-2", "1=", "=1", "-1=2", "1-=2", "2-1=3", "1-2-3=4", "65536=1",
	"1=65536", "0-65536=1", "1 =2", "1= 2", "+1=2", "0x10=1", "80=80=80", "99999999999=1",
	"1.2.3.4=24", "1.2.3.4/24", "1.2.3.4/=24", "1.2.3.4/24=", "1.2.3.4/33=24",
	"1.2.3.4/24=33", "1.2.3/24=24", "1.2.3.4.5/24=24", "1.2.3.256/24=16", "/24=16",
	"1.2.3.4/-1=2", "1.2.3.4/24=16x", "1.2.3.4/24/24=16", "1.2.3.4/ 24=16",
	"::/129=64", "::/64=129", "::/64", ":::/64=64", "1::2::3/64=64", "[::]/64=64",
	"fe80::%lo/64=64", "1.2.3.4/24=16,x", "80=80,1.2.3.4/33=16", "80=80|81=81",
};

static const struct {
	const char *rules;
	const char *address;
	const char *becomes;	/* with what is left of it */
} rewrites_of[] = {
	{ "10.0.0.0/8=16", "10.1.2.3", "10.1.0.0/16" },
	{ "10.0.0.0/8=16", "11.1.2.3", "11.1.2.3/32" },
	{ "10.1.2.3/8=16", "10.9.2.3", "10.9.0.0/16" },
	{ "0.0.0.0/0=24", "1.2.3.4", "1.2.3.0/24" },
	{ "0.0.0.0/0=0", "1.2.3.4", "0.0.0.0/0" },
	{ "0.0.0.0/0=32", "1.2.3.4", "1.2.3.4/32" },
	{ "1.2.3.4/32=8", "1.2.3.4", "1.0.0.0/8" },
	{ "1.2.3.4/32=8", "1.2.3.5", "1.2.3.5/32" },
	{ "10.0.0.0/24=28,10.0.0.0/8=16", "10.0.0.200", "10.0.0.192/28" },
	{ "10.0.0.0/24=28,10.0.0.0/8=16", "10.0.9.200", "10.0.0.0/16" },
	/* flows of both rules are in it */
	{ "10.0.0.0/24=28,10.0.0.0/8=16", "10.0.0.1", "10.0.0.0/16" },
	{ "10.0.0.0/8=16,10.0.0.0/24=28", "10.0.0.200", "10.0.0.0/16" },
	{ "80=81 ::/0=8", "10.1.2.3", "10.1.2.3/32" },
	{ "::/0=64", "2001:db8::1:2:3:4", "2001:db8::/64" },
	{ "::/0=33", "ffff:ffff:ffff::1", "ffff:ffff:8000::/33" },
	{ "2001:db8::/33=127", "2001:db8::7", "2001:db8::6/127" },
	{ "2001:db8::/33=127", "2001:db8:8000::7", "2001:db8:8000::7/128" },
	{ "2001:db8::/32=0;10.0.0.0/8=8", "2001:db8::7", "::/0" },
	{ "0.0.0.0/0=0", "::1", "::1/128" },
};

static void test_rewrites(void)
{
	struct nfl_rewrites *rewrites;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_rewrites); i++) {
		rewrites = (void *)1;
		check(nfl_rewrites_parse(bad_rewrites[i], &rewrites) == -EINVAL &&
		      rewrites == (void *)1 && !shim_alloc_out, "\"%s\" is taken",
		      bad_rewrites[i]);
	}
	test("aggregation: a text with an invalid rule is rejected");
	check(!nfl_rewrites_parse("", &rewrites) && !rewrites, "empty");
	check(!nfl_rewrites_parse(" ,;\t\n", &rewrites) && !rewrites, "separators");
	for (i = 0; i < ARRAY_SIZE(rewrites_of); i++) {
		const bool v6 = strchr(rewrites_of[i].address, ':');
		const enum nfl_rewrite_kind kind = v6 ? NFL_REWRITE_IPV6 : NFL_REWRITE_IPV4;
		char text[80], shown[INET6_ADDRSTRLEN];
		__be32 address[4] = { };

		check(!nfl_rewrites_parse(rewrites_of[i].rules, &rewrites), "\"%s\"",
		      rewrites_of[i].rules);
		inet_pton(v6 ? AF_INET6 : AF_INET, rewrites_of[i].address, address);
		nfl_rewrite_address(rewrites, kind, address);
		inet_ntop(v6 ? AF_INET6 : AF_INET, address, shown, sizeof(shown));
		snprintf(text, sizeof(text), "%s/%u", shown,
			 nfl_rewrites_left(rewrites, kind, address));
		check(!strcmp(text, rewrites_of[i].becomes), "\"%s\": %s becomes %s, not %s",
		      rewrites_of[i].rules, rewrites_of[i].address, text,
		      rewrites_of[i].becomes);
		kfree(rewrites);
	}
	test("aggregation: addresses");
}

static u16 port_of(const struct nfl_rewrites *rewrites, u16 port)
{
	__be16 value = htons(port);

	nfl_rewrite_port(rewrites, &value);
	return ntohs(value);
}

static void test_ports(void)
{
	struct nfl_rewrites *rewrites;
	unsigned int port;

	check(!nfl_rewrites_parse("1.0.0.0/8=8,80-89=80;7=0\t85-100=1 ::/0=0,65535=65534,0=9",
				  &rewrites) && nfl_rewrites_count(rewrites) == 7, "parsed");
	check(rewrites->end[0] == 1 && rewrites->end[1] == 2 && rewrites->end[2] == 7, "by kind");
	for (port = 0; port < 65536; port++) {
		const u16 want = port == 0 ? 9 : port == 7 ? 0 : port >= 80 && port <= 89 ? 80 :
				 port >= 85 && port <= 100 ? 1 : port == 65535 ? 65534 : port;

		check(port_of(rewrites, port) == want, "port %u", port);
	}
	kfree(rewrites);
	test("aggregation: ports, the first rule that matches");
}

/* Against sums done otherwise: each address is in what is said to be left of it. */
static void test_left(void)
{
	unsigned int round, i;

	for (round = 0; round < 20000; round++) {
		struct nfl_rewrites *rewrites;
		char text[256], *at = text;

		for (i = 0; i < 4; i++)
			at += sprintf(at, "10.%u.%u.0/%u=%u,", random_below(2), random_below(2),
				      random_below(33), random_below(33));
		check(!nfl_rewrites_parse(text, &rewrites), "%s", text);
		for (i = 0; i < 10; i++) {
			const u32 before = 0x0a000000 | (random_u64() & 0x0001010f);
			__be32 address = htonl(before);
			u32 mask;
			u8 left;

			nfl_rewrite_address(rewrites, NFL_REWRITE_IPV4, &address);
			left = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV4, &address);
			mask = left ? ~0U << (32 - left) : 0;
			check((before & mask) == (ntohl(address) & mask), "%s: %x in %x/%u", text,
			      before, ntohl(address), left);
		}
		kfree(rewrites);
	}
	test("aggregation: the prefix length is valid for all original addresses");
}

static const char *const bad_ifrules[] = {
	"x", ":", ":1", "x:", "x: 1", "x:-1", "x:+1", "x:1x", "x:0x1", "x:4294967296", "x:1:2",
	"a234567890123456:1", "x:1,y", "x:1,:2", "x :1", "x:99999999999999999999",
	"x:1:y:2", "x:1|y", "|x:1,:", "x:1|:2",
};

static const struct {
	const char *rules;
	const char *name;
	bool has;
	u32 number;
} numbers[] = {
	{ "ppp:200", "ppp11", true, 211 }, { "ppp:200", "ppp", true, 200 },
	{ "ppp:200", "pp1", false, 0 }, { "ppp:200", "xppp1", false, 0 },
	{ "eth:100", "eth0.5", true, 100 }, { "eth:100", "eth07", true, 107 },
	{ "eth:100,e:5", "eth1", true, 101 }, { "e:5,eth:100", "eth1", true, 5 },
	{ "a:1;b:2/c:3\td:4\ne:5  ", "d9", true, 13 },
	{ "x:4294967295", "x0", true, 4294967295 }, { "x:4294967295", "x1", false, 0 },
	{ "x:0", "x4294967295", true, 4294967295 }, { "x:0", "x4294967296", false, 0 },
	{ "x:0", "x99999999999999", false, 0 }, { "a23456789012345:7", "a23456789012345", true, 7 },
	{ "eth1:500,eth:100", "eth15", true, 505 },
	/* any one mark between two rules */
	{ "a:1|b-c:2", "b-c9", true, 11 }, { "a:1-b:2+c:3|", "c1", true, 4 },
};

static void test_ifrules(void)
{
	struct nfl_ifrules *rules;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_ifrules); i++) {
		rules = (void *)1;
		check(nfl_ifrules_parse(bad_ifrules[i], &rules) == -EINVAL && rules == (void *)1 &&
		      !shim_alloc_out, "\"%s\" is taken", bad_ifrules[i]);
	}
	check(!nfl_ifrules_parse(" ,", &rules) && !rules, "none");
	test("snmp-rules: a text with an invalid rule is rejected");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		u32 number = 0;
		bool has;

		check(!nfl_ifrules_parse(numbers[i].rules, &rules), "\"%s\"", numbers[i].rules);
		has = nfl_ifrules_number(rules, numbers[i].name, &number);
		check(has == numbers[i].has && (!has || number == numbers[i].number),
		      "\"%s\": %s is %u", numbers[i].rules, numbers[i].name, number);
		kfree(rules);
	}
	test("snmp-rules: numbers");
}

int main(void)
{
	tap_begin();
	test_rewrites();
	test_ports();
	test_left();
	test_ifrules();
	return tap_end();
}
