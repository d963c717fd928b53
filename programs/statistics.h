/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine-readable statistics, /proc/net/stat/ipt_netflow_snmp, as numbers.
 */
#ifndef PROGRAMS_STATISTICS_H
#define PROGRAMS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define STATISTICS_DIRECTORY	"/proc/net/stat"
#define MODULE_DIRECTORY	"/sys/module/ipt_NETFLOW"

/* Lines with a name and a number: X(name in the file, name in the enum). */
#define STATISTICS_VALUES(X)				\
	X("inBitRate", IN_BIT_RATE)			\
	X("inPacketRate", IN_PACKET_RATE)		\
	X("inFlows", IN_FLOWS)				\
	X("inPackets", IN_PACKETS)			\
	X("inBytes", IN_OCTETS)				\
	X("hashMetric", TABLE_METRIC)	/* in hundredths */	\
	X("hashMemory", TABLE_MEMORY)			\
	X("hashFlows", TABLE_FLOWS)			\
	X("hashPackets", TABLE_PACKETS)			\
	X("hashBytes", TABLE_OCTETS)			\
	X("dropPackets", DROP_PACKETS)			\
	X("dropBytes", DROP_OCTETS)			\
	X("outByteRate", OUT_OCTET_RATE)		\
	X("outFlows", OUT_FLOWS)			\
	X("outPackets", OUT_PACKETS)			\
	X("outBytes", OUT_OCTETS)			\
	X("lostFlows", LOST_FLOWS)			\
	X("lostPackets", LOST_PACKETS)			\
	X("lostBytes", LOST_OCTETS)			\
	X("errTotal", ERRORS)				\
	X("sndbufPeak", SNDBUF_PEAK)			\
	X("queuedPackets", QUEUED_PACKETS)		\
	X("queuedBytes", QUEUED_OCTETS)			\
	X("postponedFlows", POSTPONED_FLOWS)		\
	X("returnedFlows", RETURNED_FLOWS)		\
	X("withheldFlows", WITHHELD_FLOWS)		\
	X("withheldPackets", WITHHELD_PACKETS)		\
	X("withheldBytes", WITHHELD_OCTETS)		\
	X("natStart", NAT_STARTED)			\
	X("natStop", NAT_STOPPED)			\
	X("natLost", NAT_LOST)				\
	X("natUnsent", NAT_UNSENT)			\
	X("promiscPackets", PROMISC_PACKETS)		\
	X("promiscDiscarded", PROMISC_DISCARDED)	\
	X("unsampledPackets", UNSAMPLED_PACKETS)	\
	X("unsampledBytes", UNSAMPLED_OCTETS)		\
	X("discardedFlows", DISCARDED_FLOWS)		\
	X("discardedPackets", DISCARDED_PACKETS)	\
	X("discardedBytes", DISCARDED_OCTETS)		\
	X("batchMemory", BATCH_MEMORY)			\
	X("natMemory", NAT_MEMORY)			\
	X("natQueueMemory", NAT_QUEUE_MEMORY)		\
	X("rules", RULES)				\
	X("hooks", HOOKS)				\
	X("minutePackets", MINUTE_PACKETS)		\
	X("minuteReceived", MINUTE_RECEIVED)		\
	X("unfed", UNFED)

enum statistics_value {
#define X(text, name) STATISTICS_##name,
	STATISTICS_VALUES(X)
#undef X
	STATISTICS_VALUES_COUNT
};

/* The numbers in a CPU's line, after its name, in this order. */
enum statistics_cpu_value {
	CPU_PACKET_RATE,
	CPU_NEW_FLOWS,
	CPU_PACKETS,
	CPU_OCTETS,
	CPU_METRIC,		/* in hundredths */
	CPU_DROP_PACKETS,
	CPU_DROP_OCTETS,
	CPU_TRUNCATED,
	CPU_FRAGMENTS,
	CPU_NO_MEMORY,
	CPU_EVICTED_FLOWS,
	CPU_VALUES_COUNT
};

struct statistics_cpu {
	uint32_t number;
	uint64_t value[CPU_VALUES_COUNT];
};

/* The numbers in a destination's line, after its name and address, in this order. */
enum statistics_destination_value {
	DESTINATION_ACTIVE,
	DESTINATION_ERRORS_CONNECT,
	DESTINATION_ERRORS_FULL,
	DESTINATION_ERRORS_REFUSED,
	DESTINATION_ERRORS_OTHER,
	DESTINATION_SNDBUF,
	DESTINATION_FILLED,
	DESTINATION_PEAK,
	DESTINATION_VALUES_COUNT
};

struct statistics_destination {
	uint32_t number;
	char text[128];
	uint64_t value[DESTINATION_VALUES_COUNT];
};

/**
 * struct statistics - the content of the file
 * @value: the single numbers
 * @has: whether the file has each of them
 * @cpus: array of CPUs
 * @cpus_count: length of @cpus
 * @destinations: array of destinations
 * @destinations_count: length of @destinations
 */
struct statistics {
	uint64_t value[STATISTICS_VALUES_COUNT];
	bool has[STATISTICS_VALUES_COUNT];
	struct statistics_cpu *cpus;
	size_t cpus_count;
	struct statistics_destination *destinations;
	size_t destinations_count;
};

bool statistics_read(struct statistics *statistics, const char *directory);
void statistics_parse(struct statistics *statistics, FILE *file);
void statistics_free(struct statistics *statistics);
bool line_read(const char *directory, const char *name, char *line, size_t size);

#endif /* PROGRAMS_STATISTICS_H */
