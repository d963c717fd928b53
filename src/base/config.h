/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The settings. The parameters of the module, the sysctls of each namespace and their checks
 * are generated from these lists.
 */
#ifndef NFL_BASE_CONFIG_H
#define NFL_BASE_CONFIG_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/types.h>

/* The maximum size of a text setting, and of the others but `destination`. */
#define NFL_TEXT_MAX		8192
#define NFL_RULES_MAX		1024

#define NFL_FIELDS_MAX		128
#define NFL_FIELDS_FORM		\
	"mac, vlan, ethertype, mpls, physdev, options, exthdrs, tcpoptions, vrf"

#define NFL_MTU_LEAST		512

/* A week. Times of flows are 32 bits of milliseconds, so up to 24 days would be possible. */
#define NFL_TIMEOUT_MAX		604800

/* Octets of a log of records, at least and at most. */
#define NFL_LOG_LEAST		65536
#define NFL_LOG_MOST		1073741824

#define NFL_REFRESH_MAX		1000000
#define NFL_TEMPLATE_MINUTES_MAX	1440
#define NFL_HASHSIZE_MAX	134217728

/*
 * The initial value of a number that follows the machine. It is outside of the range of any
 * such number, so it cannot be written. A namespace starts with the number that it stands for,
 * and readers see that number.
 */
#define NFL_BY_MACHINE		U32_MAX

/* The value of natevents with which events of ends have the counters of conntrack. */
#define NFL_NATEVENTS_COUNTS	2

/*
 * The numeric settings:
 * X(name, name of the sysctl, minimum, maximum, initial value, mode of the parameter,
 *   description)
 *
 * Parameter and sysctl accept the same values. A setting that cannot be changed at run time
 * has no sysctl. If a change needs more than to store the value, control/apply.c has a
 * function nfl_apply_NAME().
 */
#define NFL_NUMBERS(X)									\
	X(protocol, "protocol", 5, 10, 10, 0444,					\
	  "export protocol: 10 (IPFIX), 9 or 5 (NetFlow)")				\
	X(natevents, "natevents", 0, NFL_NATEVENTS_COUNTS, 0, 0444,			\
	  "NAT events: 0, 1, or 2 with the counters of conntrack")			\
	X(natfields, "natfields", 0, 1, 0, 0444,					\
	  "flow records tell of translations: 0 or 1")					\
	X(promisc, "promisc", 0, 1, 0, 0444,						\
	  "meter frames for others, as a mirror port sends them: 0 or 1")		\
	X(targets, NULL, 0, 1, 1, 0444,							\
	  "have the iptables target: 0 or 1")						\
	X(active_timeout, "active_timeout", 1, NFL_TIMEOUT_MAX, 1800, 0644,		\
	  "seconds after which a record is sent of a flow that goes on")		\
	X(inactive_timeout, "inactive_timeout", 1, NFL_TIMEOUT_MAX, 15, 0644,		\
	  "seconds without a packet after which a flow has ended")			\
	X(refresh_rate, "refresh-rate", 1, NFL_REFRESH_MAX, 200, 0644,			\
	  "messages after which templates are sent again")				\
	X(timeout_rate, "timeout-rate", 1, NFL_TEMPLATE_MINUTES_MAX, 1, 0644,		\
	  "minutes after which templates are sent again")				\
	X(hashsize, "hashsize", 0, NFL_HASHSIZE_MAX, 0, 0444,				\
	  "first size of the flow tables, in flows (they grow by themselves)")		\
	X(maxflows, "maxflows", 0, INT_MAX, NFL_BY_MACHINE, 0644,				\
	  "most flows at a time, 0 for no limit")					\
	X(sndbuf, "sndbuf", 0, INT_MAX / 2, 0, 0444,					\
	  "send buffer of the sockets in octets, 0 for the system's default")		\
	X(logsize, "logsize", 0, NFL_LOG_MOST, 0, 0444,					\
	  "octets of the records that wait for destinations, 64 KiB or more; 0 for 1 % of RAM") \
	X(engine_id, "engine_id", 0, U32_MAX, 0, 0644,					\
	  "observation domain id")							\
	X(mtu, "mtu", 0, 65535, 0, 0644,						\
	  "largest IP packet sent, 512 or more; 0 for the path's MTU up to 1500")	\
	X(scan_min, "scan-min", 1, HZ / 10, 1, 0644,					\
	  "least time between two rounds of the exporter, in jiffies")			\
	X(exportcpu, "exportcpu", -1, INT_MAX, -1, 0644,				\
	  "CPU that the exporter runs on, an online one; -1 for any")			\
	X(debug, "debug", 0, 3, 0, 0644,						\
	  "how much is logged, 0 to 3")

#define NFL_HOOKS_FORM	\
	"where packets are metered without rules: prerouting, input, forward, output, postrouting, ingress, with commas between, or their numbers 1, 2, 4, 8, 16, 32 added up"

/*
 * The text settings:
 * X(name, name of the sysctl, size, initial value, mode of the parameter, waits, description)
 *
 * A function nfl_take_NAME() in control/apply.c applies a text or rejects it. It may change
 * the text, which is then shown. With nfl_net.lock held, RTNL must not be taken and a
 * collector must not be waited for (see instance.h): functions that do so have @waits set
 * and are called without this lock.
 */
#define NFL_STRINGS(X)									\
	X(destination, "destination", NFL_TEXT_MAX, "127.0.0.1:2055", 0444, false,	\
	  "where to export to: ADDRESS[:PORT][@SOURCE][%INTERFACE][/WORD...][,...], [IPv6]:PORT; " \
	  "A|B for alternatives, A&B to share the load") \
	X(fields, "fields", NFL_FIELDS_MAX, "", 0444, false,				\
	  "extra fields of flow records, with commas between them: " NFL_FIELDS_FORM)	\
	X(hooks, "hooks", 64, "", 0444, true, NFL_HOOKS_FORM)				\
	X(sampler, "sampler", 32, "", 0444, true,					\
	  "sampling: deterministic:N, random:N or hash:N of flows, "			\
	  "packets:N or packets-random:N of packets, N from 2 to 16383; none")		\
	X(aggregation, "aggregation", NFL_RULES_MAX, "", 0444, true,			\
	  "what is rewritten before it makes a flow: NETWORK/P=Q keeps Q bits of "	\
	  "addresses, FIRST-LAST=PORT ports; several with commas between")		\
	X(snmp_rules, "snmp-rules", NFL_RULES_MAX, "", 0444, true,			\
	  "numbers of interfaces by their names: PREFIX:BASE, several with commas between")

/*
 * The settings that are marks of packets or masks, with the initial value 0:
 * X(name, name of the sysctl, mode of the parameter, description)
 *
 * They are decimal or hexadecimal, and are shown as in iptables.
 */
#define NFL_MARKS(X)									\
	X(hooks_mark, "hooks_mark", 0444,						\
	  "mark of the packets that hooks meter, 32 bits")				\
	X(hooks_mark_mask, "hooks_mark_mask", 0444,					\
	  "bits of a packet's mark that hooks_mark is compared with, 0 for all packets")

/**
 * struct nfl_config - the settings of one namespace
 * Numbers are read without a lock, by READ_ONCE. All settings are written under
 * nfl_net.settings_lock, and texts under nfl_net.texts_lock inside it. A text is read under
 * one of the two. Settings that a first rule reads are also written under nfl_net.lock.
 */
struct nfl_config {
#define X(name, ...) u32 name;
	NFL_NUMBERS(X)
	NFL_MARKS(X)
#undef X
#define X(name, sysctl, size, ...) char name[size];
	NFL_STRINGS(X)
#undef X
};

static inline u32 nfl_config_active_ms(const struct nfl_config *config)
{
	return READ_ONCE(config->active_timeout) * 1000;
}

static inline u32 nfl_config_inactive_ms(const struct nfl_config *config)
{
	return READ_ONCE(config->inactive_timeout) * 1000;
}

static inline u32 nfl_config_maxflows(const struct nfl_config *config)
{
	return READ_ONCE(config->maxflows) ?: INT_MAX;
}

#endif /* NFL_BASE_CONFIG_H */
