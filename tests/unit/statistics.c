// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics for programs, as the exporters read them: what they say, whatever
 * their length, and what is not understood does no harm.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "../../programs/statistics.c"
#include "../../programs/metrics.c"

#include "tap.h"

static const char plain[] =
	"inBitRate     11008\n"
	"inPackets     18446744073709551615\n"
	"hashMetric    1.07\n"
	"cpu0 12 21 406 40000 1.00 3 120 2 4 1 5\n"
	"cpu17 0 10 22 3123 12.14 0 0 0 0 0 0 77 later words\n"
	"sock0 127.0.0.1:2055 1 0 0 1 0 212992 0 2304 1 5 700 3 30 300 2 4 40 400 1\n"
	"sock1 [fd00::1]:4739@fd00::2%eth\"0\\ 0 3 0 0 0 0 0 9 0 0 0 0 0 0 0 0 0 0 0 77 later words\n"
	"later         5\n"
	"sndbufPeak   2304\n";

/* Lines that say nothing. */
static const char *const bad[] = {
	"", "\n", " \t", "inPackets", "inPackets ", "inPackets -1", "inPackets x", "inPackets 0x5",
	"inPackets 18446744073709551616", "inPackets 1.5", "inPackets 1.555", "inpackets 5",
	"cpu0", "cpu0 1 2 3", "cpu 12 21 406 40000 1.00 3 120 2 4 1 5",
	"cpux 12 21 406 40000 1.00 3 120 2 4 1 5", "cpu0 12 21 406 40000 1.00 3 120 2 4 1 x",
	"cpu-1 12 21 406 40000 1.00 3 120 2 4 1 5", "cpu4294967296 1 1 1 1 1 1 1 1 1 1 1",
	"sock0", "sock0 127.0.0.1:2055", "sock0 127.0.0.1:2055 1 0 0 1 0 212992 0",
	"sock0 127.0.0.1:2055 1 0 0 1 0 212992 0 2304 1 5 700 3 30 300 2 4 40 400",
	"sock0 127.0.0.1:2055 unconnected (3 attempts).", "sock 127.0.0.1:2055 1 0 0 1 0 1 0 1",
};

#define COUNT_OF(array)	(sizeof(array) / sizeof((array)[0]))

static void understand(struct statistics *statistics, const char *text, size_t length)
{
	FILE *file = fmemopen((char *)text, length ?: 1, "r");

	if (!length)
		fgetc(file);
	statistics_parse(statistics, file);
	fclose(file);
}

static void test_plain(void)
{
	struct statistics s;

	understand(&s, plain, strlen(plain));
	check(s.has[STATISTICS_IN_BIT_RATE] && s.value[STATISTICS_IN_BIT_RATE] == 11008, "rate");
	check(s.has[STATISTICS_IN_PACKETS] && s.value[STATISTICS_IN_PACKETS] == UINT64_MAX, "most");
	check(s.has[STATISTICS_TABLE_METRIC] && s.value[STATISTICS_TABLE_METRIC] == 107, "metric");
	check(s.has[STATISTICS_SNDBUF_PEAK], "what follows a line that is not known");
	check(!s.has[STATISTICS_OUT_FLOWS], "what is not there");
	check(s.cpus_count == 2 && s.cpus[0].number == 0 && s.cpus[1].number == 17, "CPUs");
	check(s.cpus[0].value[CPU_PACKET_RATE] == 12 && s.cpus[0].value[CPU_METRIC] == 100 &&
	      s.cpus[0].value[CPU_EVICTED_FLOWS] == 5 && s.cpus[1].value[CPU_METRIC] == 1214,
	      "a CPU's numbers");
	check(s.destinations_count == 2 && s.destinations[1].number == 1 &&
	      !strcmp(s.destinations[0].text, "127.0.0.1:2055"), "destinations");
	check(s.destinations[0].value[DESTINATION_ACTIVE] == 1 &&
	      s.destinations[0].value[DESTINATION_ERRORS_REFUSED] == 1 &&
	      s.destinations[0].value[DESTINATION_ALIVE] == 1 &&
	      s.destinations[0].value[DESTINATION_SENT_FLOWS] == 3 &&
	      s.destinations[0].value[DESTINATION_LOST_EVENTS] == 1 &&
	      s.destinations[1].value[DESTINATION_PEAK] == 9, "a destination's numbers");
	statistics_free(&s);
	test("the file is parsed");
}

static void test_bad(void)
{
	struct statistics s;
	unsigned int i;

	for (i = 0; i < COUNT_OF(bad); i++) {
		understand(&s, bad[i], strlen(bad[i]));
		check(!s.cpus_count && !s.destinations_count && !s.has[STATISTICS_SNDBUF_PEAK] &&
		      (!s.has[STATISTICS_IN_PACKETS] || !strcmp(bad[i], "inPackets 1.5")),
		      "\"%s\"", bad[i]);
		statistics_free(&s);
	}
	test("incomplete lines are ignored");
}

/* Far more than a page of CPUs and destinations. */
static void test_long(void)
{
	struct statistics s;
	size_t length;
	unsigned int i;
	char *text;
	FILE *out;

	out = open_memstream(&text, &length);
	for (i = 0; i < 4096; i++)
		fprintf(out, "cpu%u %u 0 %u 0 1.00 0 0 0 0 0 %u\n", i, i, i * 3, i * 5);
	for (i = 0; i < 1000; i++)
		fprintf(out, "sock%u 10.0.0.1:%u 1 0 0 0 0 0 0 %u 1 0 0 0 0 0 0 0 0 0 0\n", i, i,
			i * 7);
	fclose(out);
	understand(&s, text, length);
	check(s.cpus_count == 4096 && s.destinations_count == 1000, "%zu CPUs, %zu destinations",
	      s.cpus_count, s.destinations_count);
	for (i = 0; i < s.cpus_count; i++)
		check(s.cpus[i].number == i && s.cpus[i].value[CPU_PACKETS] == i * 3 &&
		      s.cpus[i].value[CPU_EVICTED_FLOWS] == i * 5, "CPU %u", i);
	for (i = 0; i < s.destinations_count; i++)
		check(s.destinations[i].value[DESTINATION_PEAK] == i * 7, "destination %u", i);
	statistics_free(&s);
	free(text);
	test("a file of 4096 CPUs and a thousand destinations");
}

static void test_changed(void)
{
	static const char alphabet[] = "0123456789\n. -xcpusock\x01\xff";
	struct statistics s;
	unsigned int round, i;
	char text[sizeof(plain)];

	for (round = 0; round < 100000; round++) {
		memcpy(text, plain, sizeof(plain));
		for (i = 1 + random_below(4); i; i--)
			text[random_below(sizeof(plain) - 1)] =
				alphabet[random_below(sizeof(alphabet) - 1)];
		understand(&s, text, random_below(sizeof(plain)));
		check(s.cpus_count <= 8 && s.destinations_count <= 8, "counts");
		statistics_free(&s);
	}
	test("files with changed octets, and cut off");
}

static bool says(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	return found && (found == text || found[-1] == '\n') && found[strlen(line)] == '\n';
}

static void test_metrics(void)
{
	char directory[] = "/tmp/netflow-test.XXXXXX", path[64];
	size_t length;
	char *text;
	FILE *out;

	if (!mkdtemp(directory))
		abort();
	snprintf(path, sizeof(path), "%s/ipt_netflow_snmp", directory);
	out = open_memstream(&text, &length);
	check(metrics_write(out, directory), "written");
	fclose(out);
	check(says(text, "netflow_up 0") && !strstr(text, "netflow_packets_total"),
	      "without the module");
	free(text);

	out = fopen(path, "w");
	fputs(plain, out);
	fclose(out);
	out = open_memstream(&text, &length);
	check(metrics_write(out, directory), "written");
	fclose(out);
	check(says(text, "netflow_up 1"), "up");
	check(says(text, "netflow_packets_total{cpu=\"17\"} 22"), "a CPU");
	check(says(text, "netflow_unmetered_packets_total{cpu=\"0\",cause=\"memory\"} 1"), "cause");
	check(says(text, "netflow_table_searches_per_packet 1.07"), "hundredths");
	check(strstr(text, "{destination=\"[fd00::1]:4739@fd00::2%eth\\\"0\\\\\"} 9\n"), "escaped");
	check(!strstr(text, "exported"), "what is not in the file");
	free(text);
	unlink(path);
	rmdir(directory);
	test("metrics have the values of the file");
}

int main(void)
{
	tap_begin();
	test_plain();
	test_bad();
	test_long();
	test_changed();
	test_metrics();
	return tap_end();
}
