// SPDX-License-Identifier: GPL-2.0-only
/*
 * The templates, as tables.
 *
 * A template consists of blocks, and a block of lines (see field_list.h). Extra fields,
 * which depend on settings, follow these: see layout.c.
 *
 * Field lengths and types are those that collectors read correctly: counters of eight
 * octets, interfaces of four, one octet of TCP flags. Times are absolute milliseconds, the
 * only type that all tested collectors show correctly.
 *
 * Each template exists for IPFIX and for NetFlow v9. NetFlow v9 has the same elements except
 * for the times, ICMP and the scopes of options. If a block differs, the protocol's name P
 * is part of the name of the block.
 */
#include <linux/kernel.h>
#include <linux/netfilter.h>

#include "flow/selector.h"
#include "protocol/field_list.h"
#include "protocol/layout.h"

/* Names for the values of lines. */
#define FLOW	(record->flow)
#define KEY4	(&((const struct nfl_flow4 *)FLOW)->key)
#define KEY6	(&((const struct nfl_flow6 *)FLOW)->key)
#define FLOW4	((const struct nfl_flow4 *)FLOW)
#define FLOW6	((const struct nfl_flow6 *)FLOW)
#define POST4	(&((const struct nfl_flow4_wide *)FLOW)->nat)
#define POST6	(&((const struct nfl_flow6_wide *)FLOW)->nat)

/* OUTPUT and POSTROUTING are egress; FORWARD counts as ingress. */
static u8 flow_direction(u8 hook)
{
	return hook == NF_INET_LOCAL_OUT || hook == NF_INET_POST_ROUTING;
}

static u64 flow_time(const struct nfl_record *record, u32 time)
{
	return record->realtime + record->clock - (u32)((u32)record->clock - time);
}

#define BLOCK_addresses4(F)							\
	F(sourceIPv4Address, 4, KEY, KEY4->saddr)				\
	F(destinationIPv4Address, 4, KEY, KEY4->daddr)

#define BLOCK_addresses6(F)							\
	F(sourceIPv6Address, 16, KEY, &KEY6->saddr)				\
	F(destinationIPv6Address, 16, KEY, &KEY6->daddr)

#define BLOCK_ports4(F)								\
	F(sourceTransportPort, 2, KEY, KEY4->ports.sport)			\
	F(destinationTransportPort, 2, KEY, KEY4->ports.dport)			\
	F(tcpControlBits, 1, VALUE, FLOW->tcp_flags)

#define BLOCK_ports6(F)								\
	F(sourceTransportPort, 2, KEY, KEY6->ports.sport)			\
	F(destinationTransportPort, 2, KEY, KEY6->ports.dport)			\
	F(tcpControlBits, 1, VALUE, FLOW->tcp_flags)

#define BLOCK_ipfix_icmp4(F)	F(icmpTypeCodeIPv4, 2, KEY, KEY4->ports.dport)
#define BLOCK_ipfix_icmp6(F)	F(icmpTypeCodeIPv6, 2, KEY, KEY6->ports.dport)

/*
 * Collectors of NetFlow v9 read ICMP type and code from the destination port. The ICMP_TYPE
 * field of NetFlow v9 (RFC 3954 section 8) is used for both families; in IPFIX, the element
 * with the same number is for IPv4 only.
 */
#define BLOCK_v9_icmp4(F)							\
	F(sourceTransportPort, 2, VALUE, 0)					\
	F(destinationTransportPort, 2, VALUE, KEY4->ports.dport)		\
	BLOCK_ipfix_icmp4(F)

#define BLOCK_v9_icmp6(F)							\
	F(sourceTransportPort, 2, VALUE, 0)					\
	F(destinationTransportPort, 2, VALUE, KEY6->ports.dport)		\
	F(icmpTypeCodeIPv4, 2, KEY, KEY6->ports.dport)

#define BLOCK_igmp4(F)	F(igmpType, 1, KEY, ntohs(KEY4->ports.dport))
#define BLOCK_spi4(F)	F(ipsecSPI, 4, KEY, KEY4->ports.spi)
#define BLOCK_spi6(F)	F(ipsecSPI, 4, KEY, KEY6->ports.spi)

#define BLOCK_header4(F)							\
	F(protocolIdentifier, 1, KEY, KEY4->protocol)				\
	F(ipClassOfService, 1, KEY, KEY4->tos)					\
	F(ingressInterface, 4, KEY, htonl(record->iif))				\
	F(egressInterface, 4, VALUE, htonl(record->oif))				\
	F(ipNextHopIPv4Address, 4, VALUE, FLOW4->nexthop)

#define BLOCK_header6(F)							\
	F(protocolIdentifier, 1, KEY, KEY6->protocol)				\
	F(ipClassOfService, 1, KEY, KEY6->tos)					\
	F(ingressInterface, 4, KEY, htonl(record->iif))				\
	F(egressInterface, 4, VALUE, htonl(record->oif))				\
	F(ipNextHopIPv6Address, 16, VALUE, &FLOW6->nexthop)

#define BLOCK_counts(F)								\
	F(octetDeltaCount, 8, VALUE, cpu_to_be64(FLOW->octets))			\
	F(packetDeltaCount, 8, VALUE, cpu_to_be64(FLOW->packets))

#define BLOCK_ipfix_times(F)							\
	F(flowStartMilliseconds, 8, VALUE, cpu_to_be64(flow_time(record, FLOW->first)))	\
	F(flowEndMilliseconds, 8, VALUE, cpu_to_be64(flow_time(record, FLOW->last)))	\
	F(flowEndReason, 1, VALUE, FLOW->end_reason)

/* sysUptime is milliseconds since boot, the same clock as that of flows. */
#define BLOCK_v9_times(F)							\
	F(flowStartSysUpTime, 4, VALUE, htonl(FLOW->first))			\
	F(flowEndSysUpTime, 4, VALUE, htonl(FLOW->last))

#define BLOCK_seen4(F)								\
	F(ipVersion, 1, VALUE, 4)						\
	F(flowDirection, 1, KEY, flow_direction(KEY4->hook))

#define BLOCK_seen6(F)								\
	F(ipVersion, 1, VALUE, 6)						\
	F(flowDirection, 1, KEY, flow_direction(KEY6->hook))			\
	F(flowLabelIPv6, 4, VALUE, FLOW6->flowlabel)

/* natfields=1: the end points after NAT. */
#define BLOCK_nat4(F)								\
	F(postNATSourceIPv4Address, 4, VALUE, POST4->saddr)			\
	F(postNATDestinationIPv4Address, 4, VALUE, POST4->daddr)

#define BLOCK_nat6(F)								\
	F(postNATSourceIPv6Address, 16, VALUE, &POST6->saddr)			\
	F(postNATDestinationIPv6Address, 16, VALUE, &POST6->daddr)

#define BLOCK_napt4(F)								\
	F(postNAPTSourceTransportPort, 2, VALUE, POST4->sport)			\
	F(postNAPTDestinationTransportPort, 2, VALUE, POST4->dport)

#define BLOCK_napt6(F)								\
	F(postNAPTSourceTransportPort, 2, VALUE, POST6->sport)			\
	F(postNAPTDestinationTransportPort, 2, VALUE, POST6->dport)

#define IPV4(B, P, upper)							\
	B(addresses4) upper B(header4) B(counts) B(P##_times) B(seen4)
#define IPV6(B, P, upper)							\
	B(addresses6) upper B(header6) B(counts) B(P##_times) B(seen6)

#define TEMPLATE_ipv4_ports(B, P)	IPV4(B, P, B(ports4))
#define TEMPLATE_ipv6_ports(B, P)	IPV6(B, P, B(ports6))
#define TEMPLATE_ipv4_icmp(B, P)	IPV4(B, P, B(P##_icmp4))
#define TEMPLATE_ipv6_icmp(B, P)	IPV6(B, P, B(P##_icmp6))
#define TEMPLATE_ipv4_spi(B, P)		IPV4(B, P, B(spi4))
#define TEMPLATE_ipv6_spi(B, P)		IPV6(B, P, B(spi6))
#define TEMPLATE_ipv4_igmp(B, P)	IPV4(B, P, B(igmp4))
#define TEMPLATE_ipv4_plain(B, P)	IPV4(B, P, )
#define TEMPLATE_ipv6_plain(B, P)	IPV6(B, P, )

#define TEMPLATE_ipv4_ports_nat(B, P)	TEMPLATE_ipv4_ports(B, P) B(nat4) B(napt4)
#define TEMPLATE_ipv6_ports_nat(B, P)	TEMPLATE_ipv6_ports(B, P) B(nat6) B(napt6)
#define TEMPLATE_ipv4_icmp_nat(B, P)	TEMPLATE_ipv4_icmp(B, P) B(nat4)
#define TEMPLATE_ipv6_icmp_nat(B, P)	TEMPLATE_ipv6_icmp(B, P) B(nat6)
#define TEMPLATE_ipv4_spi_nat(B, P)	TEMPLATE_ipv4_spi(B, P) B(nat4)
#define TEMPLATE_ipv6_spi_nat(B, P)	TEMPLATE_ipv6_spi(B, P) B(nat6)
#define TEMPLATE_ipv4_igmp_nat(B, P)	TEMPLATE_ipv4_igmp(B, P) B(nat4)
#define TEMPLATE_ipv4_plain_nat(B, P)	TEMPLATE_ipv4_plain(B, P) B(nat4)
#define TEMPLATE_ipv6_plain_nat(B, P)	TEMPLATE_ipv6_plain(B, P) B(nat6)

/*
 * RFC 8158 section 4.3. The flow times are included because many collectors show no other
 * times. A conntrack zone is exported as a VRF: both separate address spaces that may
 * contain the same addresses.
 */
#define BLOCK_nat_event(F)							\
	F(observationTimeMilliseconds, 8, VALUE, cpu_to_be64(record->time))	\
	F(natEvent, 1, VALUE, record->event)					\
	F(protocolIdentifier, 1, VALUE, record->protocol)

#define BLOCK_nat_ipv4(F)							\
	F(sourceIPv4Address, 4, VALUE, record->before->source.ip)		\
	F(postNATSourceIPv4Address, 4, VALUE, record->after->source.ip)		\
	F(sourceTransportPort, 2, VALUE, record->before->source_port)		\
	F(postNAPTSourceTransportPort, 2, VALUE, record->after->source_port)	\
	F(destinationIPv4Address, 4, VALUE, record->before->destination.ip)	\
	F(postNATDestinationIPv4Address, 4, VALUE, record->after->destination.ip) \
	F(destinationTransportPort, 2, VALUE, record->before->destination_port)	\
	F(postNAPTDestinationTransportPort, 2, VALUE, record->after->destination_port)

#define BLOCK_nat_ipv6(F)							\
	F(sourceIPv6Address, 16, VALUE, &record->before->source.in6)		\
	F(postNATSourceIPv6Address, 16, VALUE, &record->after->source.in6)	\
	F(sourceTransportPort, 2, VALUE, record->before->source_port)		\
	F(postNAPTSourceTransportPort, 2, VALUE, record->after->source_port)	\
	F(destinationIPv6Address, 16, VALUE, &record->before->destination.in6)	\
	F(postNATDestinationIPv6Address, 16, VALUE, &record->after->destination.in6) \
	F(destinationTransportPort, 2, VALUE, record->before->destination_port)	\
	F(postNAPTDestinationTransportPort, 2, VALUE, record->after->destination_port)

#define BLOCK_nat_zone(F)	F(ingressVRFID, 4, VALUE, htonl(record->zone))

#define BLOCK_ipfix_nat_times(F)						\
	F(flowStartMilliseconds, 8, VALUE, cpu_to_be64(record->start))		\
	F(flowEndMilliseconds, 8, VALUE, cpu_to_be64(record->time))

#define BLOCK_v9_nat_times(F)							\
	F(flowStartSysUpTime, 4, VALUE, htonl(nfl_nat_uptime(record, record->start)))	\
	F(flowEndSysUpTime, 4, VALUE, htonl(nfl_nat_uptime(record, record->time)))

#define BLOCK_nat_counts(F)							\
	F(initiatorOctets, 8, VALUE, cpu_to_be64(record->octets[0]))	\
	F(responderOctets, 8, VALUE, cpu_to_be64(record->octets[1]))	\
	F(initiatorPackets, 8, VALUE, cpu_to_be64(record->packets[0]))	\
	F(responderPackets, 8, VALUE, cpu_to_be64(record->packets[1]))

#define TEMPLATE_nat_ipv4_event(B, P)					\
	B(nat_event) B(nat_ipv4) B(nat_zone) B(P##_nat_times)
#define TEMPLATE_nat_ipv6_event(B, P)					\
	B(nat_event) B(nat_ipv6) B(nat_zone) B(P##_nat_times)
#define TEMPLATE_nat_ipv4_counts(B, P)	TEMPLATE_nat_ipv4_event(B, P) B(nat_counts)
#define TEMPLATE_nat_ipv6_counts(B, P)	TEMPLATE_nat_ipv6_event(B, P) B(nat_counts)

/* The scopes of options data. NetFlow v9 has only a few; its System scope is used for a process. */
#define BLOCK_ipfix_metering(F)							\
	F(observationDomainId, 4, VALUE, htonl(record->domain))			\
	F(meteringProcessId, 4, VALUE, htonl(record->domain))

#define BLOCK_ipfix_domain(F)	F(observationDomainId, 4, VALUE, htonl(record->domain))
#define BLOCK_ipfix_exporting(F)	F(exportingProcessId, 4, VALUE, htonl(record->process))
#define BLOCK_ipfix_interface(F)	F(ingressInterface, 4, VALUE, htonl(record->index))
#define BLOCK_v9_metering(F)		F(scopeSystem, 4, VALUE, htonl(record->domain))
#define BLOCK_v9_domain(F)	F(scopeSystem, 4, VALUE, htonl(record->domain))
#define BLOCK_v9_exporting(F)		F(scopeSystem, 4, VALUE, htonl(record->process))
#define BLOCK_v9_interface(F)		F(scopeInterface, 4, VALUE, htonl(record->index))

/* RFC 7011 section 4.1 */
#define BLOCK_metering_statistics(F)						\
	F(exportedMessageTotalCount, 8, VALUE, cpu_to_be64(record->messages))	\
	F(exportedFlowRecordTotalCount, 8, VALUE, cpu_to_be64(record->flows))	\
	F(exportedOctetTotalCount, 8, VALUE, cpu_to_be64(record->octets))	\
	F(observedFlowTotalCount, 8, VALUE, cpu_to_be64(record->observed_flows))	\
	F(monitoringIntervalStartMilliSeconds, 8, VALUE, cpu_to_be64(record->start_time))

/* RFC 7011 section 4.2: the times are those of the first and the last ignored packet */
#define BLOCK_metering_reliability(F)						\
	F(ignoredPacketTotalCount, 8, VALUE, cpu_to_be64(record->packets))	\
	F(ignoredOctetTotalCount, 8, VALUE, cpu_to_be64(record->octets))	\
	F(observationTimeMilliseconds, 8, VALUE, cpu_to_be64(record->first))	\
	F(observationTimeMilliseconds, 8, VALUE, cpu_to_be64(record->last))

/* RFC 7011 section 4.3 */
#define BLOCK_exporting_reliability(F)						\
	F(notSentFlowTotalCount, 8, VALUE, cpu_to_be64(record->flows))		\
	F(notSentPacketTotalCount, 8, VALUE, cpu_to_be64(record->packets))	\
	F(notSentOctetTotalCount, 8, VALUE, cpu_to_be64(record->octets))	\
	F(observationTimeMilliseconds, 8, VALUE, cpu_to_be64(record->first))	\
	F(observationTimeMilliseconds, 8, VALUE, cpu_to_be64(record->last))

/* RFC 7011 section 4.4; the source is the layout of the described template */
#define BLOCK_flow_keys(F)							\
	F(templateId, 2, VALUE, htons(record->id))				\
	F(flowKeyIndicator, 8, VALUE, cpu_to_be64(nfl_layout_keys(record)))

#define BLOCK_system(F)								\
	F(observationDomainName, 48, VALUE, record->name)			\
	F(systemInitTimeMilliseconds, 8, VALUE, cpu_to_be64(record->boot_time))

/* The number is in the scope, and again as a field for collectors that ignore scopes: nfdump. */
#define BLOCK_names(F)								\
	F(ingressInterface, 4, VALUE, htonl(record->index))			\
	F(interfaceName, 16, VALUE, record->name)				\
	F(interfaceDescription, 32, VALUE, record->description)

#define BLOCK_ipfix_vrf(F)	F(ingressVRFID, 4, VALUE, htonl(record->index))
#define BLOCK_v9_vrf(F)		F(scopeSystem, 4, VALUE, htonl(record->index))
#define BLOCK_vrf_name(F)							\
	F(ingressVRFID, 4, VALUE, htonl(record->index))				\
	F(VRFname, 16, VALUE, record->name)

/* A selector and its algorithm: RFC 7014 for flows, RFC 5477 for packets. */
#define BLOCK_selector_scope(F)							\
	F(observationDomainId, 4, VALUE, htonl(record->domain))			\
	F(selectorId, 4, VALUE, htonl(nfl_selector_mode(record->selector)))

/* Values of flowSelectorAlgorithm and of selectorAlgorithm in IANA's registries. */
#define ALGORITHM_SYSTEMATIC	1	/* count-based */
#define ALGORITHM_RANDOM	3	/* n out of N */
#define ALGORITHM_PROBABILITY	4	/* uniform */

/* select one, pass by N - 1 */
#define BLOCK_select_flows(F)							\
	F(flowSelectorAlgorithm, 2, VALUE, htons(ALGORITHM_SYSTEMATIC))		\
	F(samplingFlowInterval, 4, VALUE, htonl(1))				\
	F(samplingFlowSpacing, 4, VALUE,					\
	  htonl(nfl_selector_interval(record->selector) - 1))

#define BLOCK_select_flows_random(F)						\
	F(flowSelectorAlgorithm, 2, VALUE, htons(ALGORITHM_RANDOM))		\
	BLOCK_select_random(F)

#define BLOCK_select_random(F)							\
	F(samplingSize, 4, VALUE, htonl(1))					\
	F(samplingPopulation, 4, VALUE, htonl(nfl_selector_interval(record->selector)))

/*
 * The hash-based algorithms of RFC 7014 (6 to 8) use one of three public functions, so that
 * several Observation Points can select the same flows. The hash here has a secret key, so
 * that an attacker cannot construct flows that are not selected. A collector sees uniform
 * probabilistic sampling, and that is exported.
 */
#define BLOCK_select_hash(F)							\
	F(flowSelectorAlgorithm, 2, VALUE, htons(ALGORITHM_PROBABILITY))	\
	F(samplingProbability, 8, VALUE,					\
	  cpu_to_be64(nfl_selector_probability(record->selector)))

#define BLOCK_select_packets(F)							\
	F(selectorAlgorithm, 2, VALUE, htons(ALGORITHM_SYSTEMATIC))		\
	F(samplingPacketInterval, 4, VALUE, htonl(1))				\
	F(samplingPacketSpace, 4, VALUE,					\
	  htonl(nfl_selector_interval(record->selector) - 1))

#define BLOCK_select_packets_random(F)						\
	F(selectorAlgorithm, 2, VALUE, htons(ALGORITHM_RANDOM))			\
	BLOCK_select_random(F)

#define BLOCK_flows_observed(F)							\
	F(selectorIDTotalFlowsObserved, 8, VALUE, cpu_to_be64(record->flows))

#define BLOCK_flows_selected(F)							\
	F(selectorIDTotalFlowsSelected, 8, VALUE, cpu_to_be64(record->selected_flows))

#define BLOCK_packets_selected(F)						\
	F(selectorIdTotalPktsObserved, 8, VALUE, cpu_to_be64(record->packets))	\
	F(selectorIdTotalPktsSelected, 8, VALUE, cpu_to_be64(record->selected_packets))

/*
 * The sampling interval, for collectors that do not support selectors. The record has no
 * other sampling field: nfdump 1.7.1 does not scale by the interval if the record also
 * has an algorithm or an id.
 */
#define BLOCK_interval(F)							\
	F(samplingInterval, 4, VALUE, htonl(nfl_selector_interval(record->selector)))

/*
 * NetFlow v9 has only fields for packet sampling; they are also used for flow sampling. The
 * older pair of fields at the end is for collectors that read only these.
 */
#define BLOCK_v9_sampler(F)							\
	F(scopeSystem, 4, VALUE, htonl(record->domain))				\
	F(samplerId, 1, VALUE, nfl_selector_mode(record->selector))		\
	F(samplerMode, 1, VALUE, nfl_selector_cisco(record->selector))		\
	F(samplerRandomInterval, 4, VALUE, htonl(nfl_selector_interval(record->selector))) \
	F(samplingInterval, 4, VALUE, htonl(nfl_selector_interval(record->selector))) \
	F(samplingAlgorithm, 1, VALUE, nfl_selector_cisco(record->selector))

#define TEMPLATE_sampler(B, P)			B(P##_sampler)
#define TEMPLATE_sampling(B, P)			B(P##_domain) B(interval)
#define TEMPLATE_select_flows(B, P)		B(selector_scope) B(select_flows)
#define TEMPLATE_select_flows_random(B, P)		B(selector_scope) B(select_flows_random)
#define TEMPLATE_select_hash(B, P)			B(selector_scope) B(select_hash)
#define TEMPLATE_select_packets(B, P)		B(selector_scope) B(select_packets)
#define TEMPLATE_select_packets_random(B, P)	B(selector_scope) B(select_packets_random)
#define TEMPLATE_selected_flows(B, P)						\
	B(selector_scope) B(flows_observed) B(flows_selected) B(packets_selected)
#define TEMPLATE_selected_hash(B, P)						\
	B(selector_scope) B(flows_selected) B(packets_selected)
#define TEMPLATE_selected_packets(B, P)		B(selector_scope) B(packets_selected)

#define TEMPLATE_metering_statistics(B, P)	B(P##_metering) B(metering_statistics)
#define TEMPLATE_metering_reliability(B, P)	B(P##_metering) B(metering_reliability)
#define TEMPLATE_exporting_reliability(B, P)	B(P##_exporting) B(exporting_reliability)
#define TEMPLATE_flow_keys(B, P)		B(flow_keys)
#define TEMPLATE_interface(B, P)		B(P##_interface) B(names)
#define TEMPLATE_vrf(B, P)			B(P##_vrf) B(vrf_name)
#define TEMPLATE_system(B, P)			B(P##_domain) B(system)

#define DEFINE_TEMPLATE(P, name, type)						\
	static const struct nfl_field P##_##name##_fields[] = {			\
		TEMPLATE_##name(BLOCK_FIELDS, P)				\
	};									\
	static void P##_##name##_encode(u8 *at, const void *source)		\
	{									\
		const struct type *record = source;				\
										\
		TEMPLATE_##name(BLOCK_PUT, P)					\
	}

#define TEMPLATE(P, name, _id, _scope, _alone)					\
	{									\
		.fields = P##_##name##_fields,					\
		.encode = P##_##name##_encode,					\
		.id = _id,							\
		.count = TEMPLATE_##name(BLOCK_COUNT, P),			\
		.scope = _scope,						\
		.length = TEMPLATE_##name(BLOCK_LENGTH, P),			\
		.alone = _alone,						\
	}

/* All templates, with the types of their sources. */
#define RECORDS(X, P)								\
	X(P, ipv4_ports, nfl_record)						\
	X(P, ipv6_ports, nfl_record)						\
	X(P, ipv4_icmp, nfl_record)						\
	X(P, ipv6_icmp, nfl_record)						\
	X(P, ipv4_spi, nfl_record)						\
	X(P, ipv6_spi, nfl_record)						\
	X(P, ipv4_igmp, nfl_record)						\
	X(P, ipv4_plain, nfl_record)						\
	X(P, ipv6_plain, nfl_record)						\
	X(P, ipv4_ports_nat, nfl_record)					\
	X(P, ipv6_ports_nat, nfl_record)					\
	X(P, ipv4_icmp_nat, nfl_record)						\
	X(P, ipv6_icmp_nat, nfl_record)						\
	X(P, ipv4_spi_nat, nfl_record)						\
	X(P, ipv6_spi_nat, nfl_record)						\
	X(P, ipv4_igmp_nat, nfl_record)						\
	X(P, ipv4_plain_nat, nfl_record)					\
	X(P, ipv6_plain_nat, nfl_record)					\
	X(P, nat_ipv4_event, nfl_nat_record)					\
	X(P, nat_ipv6_event, nfl_nat_record)					\
	X(P, nat_ipv4_counts, nfl_nat_record)					\
	X(P, nat_ipv6_counts, nfl_nat_record)					\
	X(P, metering_statistics, nfl_metering_statistics)			\
	X(P, metering_reliability, nfl_metering_reliability)			\
	X(P, exporting_reliability, nfl_exporting_reliability)			\
	X(P, interface, nfl_interface)						\
	X(P, vrf, nfl_interface)						\
	X(P, system, nfl_system)						\
	X(P, sampling, nfl_selector_record)

RECORDS(DEFINE_TEMPLATE, ipfix)
RECORDS(DEFINE_TEMPLATE, v9)
DEFINE_TEMPLATE(ipfix, flow_keys, nfl_layout)
DEFINE_TEMPLATE(ipfix, select_flows, nfl_selector_record)
DEFINE_TEMPLATE(ipfix, select_flows_random, nfl_selector_record)
DEFINE_TEMPLATE(ipfix, select_hash, nfl_selector_record)
DEFINE_TEMPLATE(ipfix, select_packets, nfl_selector_record)
DEFINE_TEMPLATE(ipfix, select_packets_random, nfl_selector_record)
DEFINE_TEMPLATE(ipfix, selected_flows, nfl_selector_record)
DEFINE_TEMPLATE(ipfix, selected_hash, nfl_selector_record)
DEFINE_TEMPLATE(ipfix, selected_packets, nfl_selector_record)
DEFINE_TEMPLATE(v9, sampler, nfl_selector_record)

#define FLOW_TEMPLATE(P, of, name, id)						\
	[NFL_TEMPLATE_##of] = TEMPLATE(P, name, id, 0, false)
#define TRANSLATED(P, of, name, id)						\
	[NFL_TEMPLATE_TRANSLATED + NFL_TEMPLATE_##of] = TEMPLATE(P, name, id, 0, false)

#define FLOW_TEMPLATES(P)							\
	{									\
		FLOW_TEMPLATE(P, IPV4_PORTS, ipv4_ports, 256),			\
		FLOW_TEMPLATE(P, IPV6_PORTS, ipv6_ports, 257),			\
		FLOW_TEMPLATE(P, IPV4_ICMP, ipv4_icmp, 258),			\
		FLOW_TEMPLATE(P, IPV6_ICMP, ipv6_icmp, 259),			\
		FLOW_TEMPLATE(P, IPV4_SPI, ipv4_spi, 263),			\
		FLOW_TEMPLATE(P, IPV6_SPI, ipv6_spi, 264),			\
		FLOW_TEMPLATE(P, IPV4_IGMP, ipv4_igmp, 265),			\
		FLOW_TEMPLATE(P, IPV4_PLAIN, ipv4_plain, 266),			\
		FLOW_TEMPLATE(P, IPV6_PLAIN, ipv6_plain, 267),			\
		TRANSLATED(P, IPV4_PORTS, ipv4_ports_nat, 270),			\
		TRANSLATED(P, IPV6_PORTS, ipv6_ports_nat, 271),			\
		TRANSLATED(P, IPV4_ICMP, ipv4_icmp_nat, 272),			\
		TRANSLATED(P, IPV6_ICMP, ipv6_icmp_nat, 273),			\
		TRANSLATED(P, IPV4_SPI, ipv4_spi_nat, 274),			\
		TRANSLATED(P, IPV6_SPI, ipv6_spi_nat, 275),			\
		TRANSLATED(P, IPV4_IGMP, ipv4_igmp_nat, 276),			\
		TRANSLATED(P, IPV4_PLAIN, ipv4_plain_nat, 277),			\
		TRANSLATED(P, IPV6_PLAIN, ipv6_plain_nat, 278),			\
	}

#define NAT_TEMPLATES(P)							\
	{									\
		[NFL_TEMPLATE_NAT_IPV4] = TEMPLATE(P, nat_ipv4_event, 260, 0, false),	\
		[NFL_TEMPLATE_NAT_IPV6] = TEMPLATE(P, nat_ipv6_event, 261, 0, false),	\
		[NFL_TEMPLATE_NAT_IPV4_COUNTS] = TEMPLATE(P, nat_ipv4_counts, 268, 0, false), \
		[NFL_TEMPLATE_NAT_IPV6_COUNTS] = TEMPLATE(P, nat_ipv6_counts, 269, 0, false), \
	}

#define OPTIONS_TEMPLATE(P, of, name, id, scope, alone)				\
	[NFL_TEMPLATE_##of] = TEMPLATE(P, name, id, scope, alone)

/*
 * nfdump 1.7.1 reads only the first record of names in a set, so each record has a set of
 * its own.
 */
const struct nfl_templates nfl_ipfix_templates = {
	.blocks = nfl_ipfix_blocks,
	.version = 10,
	.flow = FLOW_TEMPLATES(ipfix),
	.nat = NAT_TEMPLATES(ipfix),
	.options = {
		OPTIONS_TEMPLATE(ipfix, METERING_STATISTICS, metering_statistics, 300, 2, false),
		OPTIONS_TEMPLATE(ipfix, METERING_RELIABILITY, metering_reliability, 301, 2, false),
		OPTIONS_TEMPLATE(ipfix, EXPORTING_RELIABILITY, exporting_reliability, 302, 1,
				 false),
		OPTIONS_TEMPLATE(ipfix, FLOW_KEYS, flow_keys, 303, 1, false),
		OPTIONS_TEMPLATE(ipfix, INTERFACE, interface, 304, 1, true),
		OPTIONS_TEMPLATE(ipfix, SELECT_FLOWS, select_flows, 305, 2, false),
		OPTIONS_TEMPLATE(ipfix, SELECT_FLOWS_RANDOM, select_flows_random, 306, 2, false),
		OPTIONS_TEMPLATE(ipfix, SELECT_HASH, select_hash, 307, 2, false),
		OPTIONS_TEMPLATE(ipfix, SELECT_PACKETS, select_packets, 308, 2, false),
		OPTIONS_TEMPLATE(ipfix, SELECT_PACKETS_RANDOM, select_packets_random, 309, 2,
				 false),
		OPTIONS_TEMPLATE(ipfix, SELECTED_FLOWS, selected_flows, 310, 2, false),
		OPTIONS_TEMPLATE(ipfix, SELECTED_HASH, selected_hash, 311, 2, false),
		OPTIONS_TEMPLATE(ipfix, SELECTED_PACKETS, selected_packets, 312, 2, false),
		OPTIONS_TEMPLATE(ipfix, SAMPLING, sampling, 313, 1, false),
		OPTIONS_TEMPLATE(ipfix, SYSTEM, system, 314, 1, false),
		OPTIONS_TEMPLATE(ipfix, VRF, vrf, 315, 1, true),
	},
};

const struct nfl_templates nfl_netflow9_templates = {
	.blocks = nfl_netflow9_blocks,
	.version = 9,
	.flow = FLOW_TEMPLATES(v9),
	.nat = NAT_TEMPLATES(v9),
	.options = {
		OPTIONS_TEMPLATE(v9, METERING_STATISTICS, metering_statistics, 300, 1, false),
		OPTIONS_TEMPLATE(v9, METERING_RELIABILITY, metering_reliability, 301, 1, false),
		OPTIONS_TEMPLATE(v9, EXPORTING_RELIABILITY, exporting_reliability, 302, 1, false),
		OPTIONS_TEMPLATE(v9, INTERFACE, interface, 304, 1, true),
		OPTIONS_TEMPLATE(v9, SAMPLER, sampler, 305, 1, false),
		OPTIONS_TEMPLATE(v9, SAMPLING, sampling, 313, 1, false),
		OPTIONS_TEMPLATE(v9, SYSTEM, system, 314, 1, false),
		OPTIONS_TEMPLATE(v9, VRF, vrf, 315, 1, true),
	},
};

/**
 * nfl_template_is_ipv4() - is this a template for IPv4 flows?
 * @template: the template, one for flows that are not translated
 */
bool nfl_template_is_ipv4(enum nfl_flow_template template)
{
	switch (template) {
	case NFL_TEMPLATE_IPV4_PORTS:
	case NFL_TEMPLATE_IPV4_ICMP:
	case NFL_TEMPLATE_IPV4_SPI:
	case NFL_TEMPLATE_IPV4_IGMP:
	case NFL_TEMPLATE_IPV4_PLAIN:
		return true;
	default:
		return false;
	}
}

static enum nfl_flow_template template_of(bool v4, u8 protocol)
{
	if (nfl_protocol_has_ports(protocol))
		return v4 ? NFL_TEMPLATE_IPV4_PORTS : NFL_TEMPLATE_IPV6_PORTS;
	switch (protocol) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return v4 ? NFL_TEMPLATE_IPV4_ICMP : NFL_TEMPLATE_IPV6_ICMP;
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return v4 ? NFL_TEMPLATE_IPV4_SPI : NFL_TEMPLATE_IPV6_SPI;
	case IPPROTO_IGMP:
		if (v4)
			return NFL_TEMPLATE_IPV4_IGMP;
		break;
	}
	return v4 ? NFL_TEMPLATE_IPV4_PLAIN : NFL_TEMPLATE_IPV6_PLAIN;
}

static enum nfl_flow_template template_for_flow(enum nfl_family family,
						const struct nfl_flow *flow)
{
	const bool v4 = nfl_family_is_ipv4(family);
	const enum nfl_flow_template template = template_of(v4, nfl_flow_protocol(flow, family));

	if (nfl_family_is_wide(family) && flow->nat == NFL_NAT_KNOWN)
		return NFL_TEMPLATE_TRANSLATED + template;
	return template;
}

static enum nfl_nat_template template_for_nat(const struct nfl_nat_record *record)
{
	if (record->family == AF_INET)
		return record->has_counters ? NFL_TEMPLATE_NAT_IPV4_COUNTS : NFL_TEMPLATE_NAT_IPV4;
	return record->has_counters ? NFL_TEMPLATE_NAT_IPV6_COUNTS : NFL_TEMPLATE_NAT_IPV6;
}

/**
 * nfl_template_for() - the template of a record
 * @templates: the templates of the protocol
 * @kind: the kind of the record
 * @which: see &enum nfl_record_kind
 * @source: see &enum nfl_record_kind
 */
const struct nfl_template *nfl_template_for(const struct nfl_templates *templates,
					    enum nfl_record_kind kind, unsigned int which,
					    const void *source)
{
	if (likely(kind == NFL_RECORD_FLOW)) {
		const struct nfl_flow *flow = ((const struct nfl_record *)source)->flow;

		return &templates->flow[template_for_flow(which, flow)];
	}
	if (kind == NFL_RECORD_NAT_EVENT)
		return &templates->nat[template_for_nat(source)];
	return &templates->options[which];
}

/**
 * nfl_template_next() - iterate over all templates
 * @templates: the templates of the protocol
 * @number: the position, 0 at first; updated
 *
 * Return: the next template, NULL after the last one.
 */
const struct nfl_template *nfl_template_next(const struct nfl_templates *templates,
					     unsigned int *number)
{
	/* the templates are the first members of the struct, without a gap */
	const struct nfl_template *all = (const void *)templates;

	for (; *number < NFL_TEMPLATES; ++*number) {
		if (all[*number].count)
			return &all[*number];
	}
	return NULL;
}

/**
 * nfl_templates_count() - the number of templates of a protocol
 * @templates: the templates
 */
unsigned int nfl_templates_count(const struct nfl_templates *templates)
{
	unsigned int count = 0, next = 0;

	for (; nfl_template_next(templates, &next); next++)
		count++;
	return count;
}
