// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of the file of flows, as netflow-top reads them: those of this module, those
 * of ipt-netflow with its further words, and what is no such line.
 */
#define _GNU_SOURCE
#include "../../programs/flowline.c"

#include "tap.h"

#define START	"# hash a dev:i,o "
#define MIDDLE	"proto src:ip,port dst:ip,port nexthop tos,tcpflags,options,tcpoptions "
#define END	"packets bytes ts:first,last"

#define OURS	START MIDDLE END
#define MORE	START "mac:src,dst vlan type " MIDDLE END
#define ALL	START "snmp:i,o mac:src,dst vlan type " MIDDLE END

#define MOST	"18446744073709551615"
#define TOO_MUCH "18446744073709551616"
#define MACS	"0c:27:1f:55:00:00,0c:e8:b1:71:00:02 "

/* A first line and another one, and what that says as text. */
static const struct {
	const char *head;
	const char *line;
	const char *said;
} good[] = {
	{ OURS, "1 11a41 0 4,-1 6 10.2.0.7,33000 10.1.0.5,443 0.0.0.0 b8,1b,0,0 11 99 502,529",
	  "11a41 4>0 6 10.2.0.7 33000 10.1.0.5 443 184 27 11 99 502 529" },
	{ OURS, "2 0000 3 -1,2147483647 50 fd00:9::2,0 fd00:8::2,77 :: 0,0,0,0 2 116 0,0",
	  "0 0>2147483647 50 fd00:9::2 0 fd00:8::2 77 0 0 2 116 0 0" },
	{ OURS, TOO_MUCH " f 3 1,2 255 0.0.0.0,0 255.255.255.255,65535 0.0.0.0 ff,ff,0,0 "
		MOST " " MOST " " MOST ",1",
	  "f 1>2 255 0.0.0.0 0 255.255.255.255 65535 255 255 " MOST " " MOST " " MOST
		" 1" },
	{ MORE, "1 11a41 0 4,-1 " MACS "- 0800 1 10.2.0.7,0 10.1.0.5,2048 0.0.0.0 0,0,0,0 1 9 5,6",
	  "11a41 4>0 1 10.2.0.7 0 10.1.0.5 2048 0 0 1 9 5 6" },
	{ ALL, "1 a 0 4,5 204,205 " MACS
		"2064,0007 0800 17 10.2.0.7,1 10.1.0.5,2 0.0.0.0 0,0,0,0 3 4 5,6",
	  "a 4>5 17 10.2.0.7 1 10.1.0.5 2 0 0 3 4 5 6" },
	/* columns in any order, and a future word */
	{ "packets bytes new ts:first,last dst:ip,port src:ip,port proto",
	  "1 2 x,y 3,4 ::1,5 ::2,6 7", "0 0>0 7 ::2 6 ::1 5 0 0 1 2 3 4" },
};

/* What is refused in place of a word of the first good line, counted from 0. */
static const struct {
	unsigned int number;
	const char *word;
} bad_words[] = {
	{ 1, "11g41" }, { 1, "111111111" }, { 1, "-1" }, { 1, "" },
	{ 3, "4" }, { 3, "4,x" }, { 3, "4,-1,5" }, { 3, "4294967296,1" }, { 3, "," },
	{ 3, "--1,1" },
	{ 4, "256" }, { 4, "tcp" }, { 4, "-6" }, { 4, "6,6" },
	{ 5, "10.2.0.7,65536" }, { 5, "10.2.0.256,3" }, { 5, "10.2.0.7" }, { 5, "10.2.0.7," },
	{ 5, "fd00::1,1" }, { 5, ",1" }, { 5, "10.2.0.7,1,1" }, { 5, "10.2.0.7,0x1" },
	{ 6, "::1,1" }, { 6, "1:2:3:4:5:6:7:8:9,1" }, { 6, "10.1.0.5,-1" },
	{ 8, "100,1b,0,0" }, { 8, "1b" }, { 8, "1b," }, { 8, "1,111111111,0,0" },
	{ 9, "-1" }, { 9, TOO_MUCH }, { 9, "" }, { 9, "1 1" },
	{ 10, TOO_MUCH }, { 10, "1.5" }, { 10, "1e3" },
	{ 11, "591502" }, { 11, ",5" }, { 11, "5," }, { 11, "-5,5" }, { 11, "5,5 5" },
};

/* Lines that lack a word: the second is ipt-netflow's for a packet without a VLAN. */
static const struct {
	const char *head;
	const char *line;
} bad[] = {
	{ OURS, "" },
	{ MORE, "1 11a41 0 4,-1 " MACS "0800 1 10.2.0.7,0 10.1.0.5,0 0.0.0.0 0,0,0,0 11 99 5,6" },
	{ OURS, "1" },
	{ OURS, " 1 11a41 0 4,-1 6 10.2.0.7,3 10.1.0.5,4 0.0.0.0 0,0,0,0 11 99 5,6" },
};

static const char *const bad_heads[] = {
	"", "#", "ipt_NETFLOW 2.6", "src:ip,port dst:ip,port packets bytes ts:first,last",
	OURS " packets", OURS " ts",
	"a a a a a a a a a a a a a a a a a a a a a a a a a " OURS,
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Understood from memory that ends where the text does. */
static bool understand(const char *head, const char *line, struct flow *flow)
{
	char *head_copy = strdup(head), *line_copy = strdup(line);
	struct flow_columns columns;
	bool good;

	good = flow_columns_parse(&columns, head_copy) && flow_parse(&columns, line_copy, flow);
	free(head_copy);
	free(line_copy);
	return good;
}

static const char *said(const struct flow *flow)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	static char text[512];

	inet_ntop(flow->key.family, flow->key.source, source, sizeof(source));
	inet_ntop(flow->key.family, flow->key.destination, destination, sizeof(destination));
	snprintf(text, sizeof(text), "%x %u>%u %u %s %u %s %u %u %u %llu %llu %llu %llu",
		 flow->key.hash, flow->key.in, flow->out, flow->key.protocol, source,
		 flow->key.source_port, destination, flow->key.destination_port, flow->key.tos,
		 flow->tcp_flags, (unsigned long long)flow->packets,
		 (unsigned long long)flow->octets, (unsigned long long)flow->age,
		 (unsigned long long)flow->idle);
	return text;
}

/* The first good line with another word in place of one. */
static void replace(unsigned int number, const char *word, char line[512])
{
	char *copy = strdup(good[0].line), *rest = copy, *old;
	unsigned int i;

	*line = '\0';
	for (i = 0; (old = strsep(&rest, " ")); i++)
		sprintf(line + strlen(line), "%s%s", i ? " " : "", i == number ? word : old);
	free(copy);
}

static void test_table(void)
{
	struct flow_columns columns;
	struct flow flow;
	unsigned int i;
	char line[512];
	bool is_good;

	for (i = 0; i < COUNT(good); i++) {
		is_good = understand(good[i].head, good[i].line, &flow);
		check(is_good && !strcmp(said(&flow), good[i].said), "\"%s\": \"%s\", not \"%s\"",
		      good[i].line, is_good ? said(&flow) : "refused", good[i].said);
	}
	test("valid lines are parsed");
	for (i = 0; i < COUNT(bad); i++)
		check(!understand(bad[i].head, bad[i].line, &flow), "\"%s\"", bad[i].line);
	for (i = 0; i < COUNT(bad_words); i++) {
		replace(bad_words[i].number, bad_words[i].word, line);
		check(!understand(OURS, line, &flow), "\"%s\"", line);
	}
	test("invalid lines are rejected");
	for (i = 0; i < COUNT(bad_heads); i++) {
		char *head = strdup(bad_heads[i]);

		check(!flow_columns_parse(&columns, head), "\"%s\"", bad_heads[i]);
		free(head);
	}
	test("first lines that lack a name, or have it twice, are rejected");
}

/* Whatever is understood is in its bounds, and nothing is read that is not there. */
static void test_changed(void)
{
	static const char alphabet[] = "0123456789abcdef,.: -x\x01\xff/#";
	char head[512], line[512];
	unsigned int round, i;
	struct flow flow;
	bool known;

	for (round = 0; round < 300000; round++) {
		const unsigned int from = random_below(COUNT(good));

		snprintf(head, sizeof(head), "%s", good[from].head);
		snprintf(line, sizeof(line), "%s", good[from].line);
		for (i = random_below(4); i && *line; i--)
			line[random_below(strlen(line))] =
				alphabet[random_below(sizeof(alphabet) - 1)];
		if (*line && !random_below(4))
			line[random_below(strlen(line))] = '\0';
		if (!random_below(8))
			head[random_below(strlen(head))] =
				alphabet[random_below(sizeof(alphabet) - 1)];
		known = !understand(head, line, &flow) || flow.key.family == AF_INET ||
			flow.key.family == AF_INET6;
		check(known, "\"%s\"", line);
	}
	test("lines with changed octets, and cut off");
}

int main(void)
{
	tap_begin();
	test_table();
	test_changed();
	return tap_end();
}
