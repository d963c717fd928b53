// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blocks of extra fields, as tables: see field_list.h.
 */
#include <linux/if_vlan.h>
#include <linux/kernel.h>

#include "flow/fields.h"
#include "flow/selector.h"
#include "protocol/field_list.h"
#include "protocol/template.h"

/* Names for the values of lines. */
#define LINK	(&record->wide->link)
#define DETAILS	(&record->wide->details)

#define VLAN_ID(tag)		htons(LINK->vlan[tag] & VLAN_VID_MASK)
#define VLAN_PRIORITY(tag)	(LINK->vlan[tag] >> VLAN_PRIO_SHIFT)
#define LABEL(n)		(LINK->mpls + (n) * NFL_MPLS_LENGTH)

#define BLOCK_mac(F)								\
	F(sourceMacAddress, 6, KEY, LINK->smac)					\
	F(destinationMacAddress, 6, KEY, LINK->dmac)

/* With two tags, the inner one is the customer's (RFC 7133). */
#define BLOCK_inner_vlan(F)							\
	F(dot1qPriority, 1, KEY, VLAN_PRIORITY(0))				\
	F(dot1qCustomerVlanId, 2, KEY, VLAN_ID(1))				\
	F(dot1qCustomerPriority, 1, KEY, VLAN_PRIORITY(1))

#define BLOCK_ipfix_vlan(F)	F(dot1qVlanId, 2, KEY, VLAN_ID(0)) BLOCK_inner_vlan(F)

/* The VLAN field that collectors of NetFlow v9 support. */
#define BLOCK_v9_vlan(F)	F(vlanId, 2, KEY, VLAN_ID(0)) BLOCK_inner_vlan(F)

#define BLOCK_ethertype(F)	F(ethernetType, 2, KEY, LINK->ethertype)

#define BLOCK_mpls(F)								\
	F(mplsTopLabelStackSection, 3, KEY, LABEL(0))				\
	F(mplsLabelStackSection2, 3, KEY, LABEL(1))				\
	F(mplsLabelStackSection3, 3, KEY, LABEL(2))				\
	F(mplsLabelStackSection4, 3, KEY, LABEL(3))				\
	F(mplsLabelStackSection5, 3, KEY, LABEL(4))				\
	F(mplsLabelStackSection6, 3, KEY, LABEL(5))				\
	F(mplsLabelStackSection7, 3, KEY, LABEL(6))				\
	F(mplsLabelStackSection8, 3, KEY, LABEL(7))				\
	F(mplsLabelStackSection9, 3, KEY, LABEL(8))				\
	F(mplsLabelStackSection10, 3, KEY, LABEL(9))

#define BLOCK_physdev(F)							\
	F(ingressPhysicalInterface, 4, VALUE, htonl(record->physical_iif))	\
	F(egressPhysicalInterface, 4, VALUE, htonl(record->physical_oif))

#define BLOCK_vrf(F)								\
	F(ingressVRFID, 4, VALUE, htonl(DETAILS->ingress_vrf))			\
	F(egressVRFID, 4, VALUE, htonl(DETAILS->egress_vrf))

/*
 * The order of option bits follows the figure in IANA's registry: the first octet has
 * the options 7, 6, ... 0 from its most significant bit on, the second one 15 to 8, and so
 * on. The registry corrects RFC 5102, which has the reverse order in each octet.
 */
#define BLOCK_options(F)							\
	F(ipv4Options, 4, VALUE, (__force __be32)cpu_to_le32(DETAILS->ip_options))
#define BLOCK_tcpoptions(F)							\
	F(tcpOptions, 8, VALUE, (__force __be64)cpu_to_le64(DETAILS->tcp_options))

/* Bit 0 in the registry is the most significant bit of the first octet: see header_options.h. */
#define BLOCK_exthdrs(F)							\
	F(ipv6ExtensionHeaders, 4, VALUE, htonl(DETAILS->ip_options))

/* The prefix lengths of aggregated addresses. */
#define BLOCK_prefixes4(F)							\
	F(sourceIPv4PrefixLength, 1, VALUE, record->source_length)		\
	F(destinationIPv4PrefixLength, 1, VALUE, record->destination_length)

#define BLOCK_prefixes6(F)							\
	F(sourceIPv6PrefixLength, 1, VALUE, record->source_length)		\
	F(destinationIPv6PrefixLength, 1, VALUE, record->destination_length)

/* The selector of the record. */
#define BLOCK_ipfix_selector(F)	F(selectorId, 1, VALUE, nfl_selector_mode(record->selector))
#define BLOCK_v9_selector(F)	F(samplerId, 1, VALUE, nfl_selector_mode(record->selector))

#define DEFINE_BLOCK(name)							\
	static const struct nfl_field name##_fields[] = { BLOCK_##name(FIELD) };	\
	static void name##_encode(u8 *at, const struct nfl_record *record)	\
	{									\
		BLOCK_##name(FIELD_PUT)						\
	}

DEFINE_BLOCK(mac)
DEFINE_BLOCK(ipfix_vlan)
DEFINE_BLOCK(v9_vlan)
DEFINE_BLOCK(ethertype)
DEFINE_BLOCK(mpls)
DEFINE_BLOCK(physdev)
DEFINE_BLOCK(options)
DEFINE_BLOCK(exthdrs)
DEFINE_BLOCK(tcpoptions)
DEFINE_BLOCK(vrf)
DEFINE_BLOCK(prefixes4)
DEFINE_BLOCK(prefixes6)
DEFINE_BLOCK(ipfix_selector)
DEFINE_BLOCK(v9_selector)

#define BLOCK(extra, name, _place)						\
	[NFL_EXTRA_##extra] = {							\
		.fields = name##_fields,					\
		.encode = name##_encode,					\
		.count = BLOCK_##name(FIELD_COUNT),				\
		.length = BLOCK_##name(FIELD_LENGTH),				\
		.place = _place,						\
	}

#define BLOCKS(P)								\
	{									\
		BLOCK(MAC, mac, NFL_BLOCK_EVERYWHERE),					\
		BLOCK(VLAN, P##_vlan, NFL_BLOCK_EVERYWHERE),				\
		BLOCK(ETHERTYPE, ethertype, NFL_BLOCK_EVERYWHERE),			\
		BLOCK(MPLS, mpls, NFL_BLOCK_EVERYWHERE),					\
		BLOCK(PHYSDEV, physdev, NFL_BLOCK_EVERYWHERE),				\
		BLOCK(OPTIONS, options, NFL_BLOCK_WITH_IPV4),				\
		BLOCK(EXTHDRS, exthdrs, NFL_BLOCK_WITH_IPV6),				\
		BLOCK(TCPOPTIONS, tcpoptions, NFL_BLOCK_WITH_PORTS),			\
		BLOCK(VRF, vrf, NFL_BLOCK_EVERYWHERE),					\
		BLOCK(PREFIXES4, prefixes4, NFL_BLOCK_WITH_IPV4),				\
		BLOCK(PREFIXES6, prefixes6, NFL_BLOCK_WITH_IPV6),				\
		BLOCK(SELECTOR, P##_selector, NFL_BLOCK_EVERYWHERE),			\
	}

const struct nfl_field_block nfl_ipfix_blocks[NFL_EXTRAS] = BLOCKS(ipfix);
const struct nfl_field_block nfl_netflow9_blocks[NFL_EXTRAS] = BLOCKS(v9);
