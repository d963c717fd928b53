// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blocks of extra fields, as tables (see block.h), and what they make of a
 * template.
 *
 * All flows of a kind have the same layout as long as the setting stays: what is not
 * there is 0. A wide flow knows what was asked for when it was made, so that it is
 * exported with the fields that it has. Ids are made of template and extra fields,
 * so none ever has two meanings.
 */
#include <linux/if_vlan.h>
#include <linux/kernel.h>

#include "flow/selector.h"
#include "protocol/field_list.h"
#include "protocol/layout.h"

/* Ids of layouts with extra fields: so many for a set, from here on. */
#define ID_FIRST	512
#define ID_OF_SET	NFL_FLOW_TEMPLATES

static_assert(ID_FIRST + NFL_EXTRA_SETS * ID_OF_SET <= 65536);

/* What a line's value may refer to. */
#define LINK	(&record->wide->link)
#define DETAILS	(&record->wide->details)

#define VLAN_ID(tag)		htons(LINK->vlan[tag] & VLAN_VID_MASK)
#define VLAN_PRIORITY(tag)	(LINK->vlan[tag] >> VLAN_PRIO_SHIFT)
#define LABEL(n)		(LINK->mpls + (n) * NFL_MPLS_LENGTH)

#define BLOCK_mac(F)								\
	F(sourceMacAddress, 6, KEY, LINK->smac)					\
	F(destinationMacAddress, 6, KEY, LINK->dmac)

/* The inner tag is the customer's if there are two (RFC 7133). */
#define BLOCK_inner_vlan(F)							\
	F(dot1qPriority, 1, KEY, VLAN_PRIORITY(0))				\
	F(dot1qCustomerVlanId, 2, KEY, VLAN_ID(1))				\
	F(dot1qCustomerPriority, 1, KEY, VLAN_PRIORITY(1))

#define BLOCK_ipfix_vlan(F)	F(dot1qVlanId, 2, KEY, VLAN_ID(0)) BLOCK_inner_vlan(F)

/* The id that collectors of NetFlow v9 know. */
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
 * IANA's registry draws where the bits of options are: the first octet has the
 * options 7, 6, ... 0 from its most significant bit on, the second 15 to 8, and so
 * on. That corrects RFC 5102, which had them the other way round in each octet.
 */
#define BLOCK_options(F)							\
	F(ipv4Options, 4, VALUE, (__force __be32)cpu_to_le32(DETAILS->ip_options))
#define BLOCK_tcpoptions(F)							\
	F(tcpOptions, 8, VALUE, (__force __be64)cpu_to_le64(DETAILS->tcp_options))

/* Here the registry's bit 0 is the first octet's most significant: see details.h. */
#define BLOCK_exthdrs(F)							\
	F(ipv6ExtensionHeaders, 4, VALUE, htonl(DETAILS->ip_options))

/* What aggregation leaves of addresses. */
#define BLOCK_prefixes4(F)							\
	F(sourceIPv4PrefixLength, 1, VALUE, record->source_length)		\
	F(destinationIPv4PrefixLength, 1, VALUE, record->destination_length)

#define BLOCK_prefixes6(F)							\
	F(sourceIPv6PrefixLength, 1, VALUE, record->source_length)		\
	F(destinationIPv6PrefixLength, 1, VALUE, record->destination_length)

/* How the record was sampled. */
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

/* Which templates a block makes sense in. */
enum block_place {
	EVERYWHERE,
	WITH_IPV4,
	WITH_IPV6,
	WITH_PORTS,
};

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
		BLOCK(MAC, mac, EVERYWHERE),					\
		BLOCK(VLAN, P##_vlan, EVERYWHERE),				\
		BLOCK(ETHERTYPE, ethertype, EVERYWHERE),			\
		BLOCK(MPLS, mpls, EVERYWHERE),					\
		BLOCK(PHYSDEV, physdev, EVERYWHERE),				\
		BLOCK(OPTIONS, options, WITH_IPV4),				\
		BLOCK(EXTHDRS, exthdrs, WITH_IPV6),				\
		BLOCK(TCPOPTIONS, tcpoptions, WITH_PORTS),			\
		BLOCK(VRF, vrf, EVERYWHERE),					\
		BLOCK(PREFIXES4, prefixes4, WITH_IPV4),				\
		BLOCK(PREFIXES6, prefixes6, WITH_IPV6),				\
		BLOCK(SELECTOR, P##_selector, EVERYWHERE),			\
	}

const struct nfl_block nfl_ipfix_blocks[NFL_EXTRAS] = BLOCKS(ipfix);
const struct nfl_block nfl_netflow9_blocks[NFL_EXTRAS] = BLOCKS(v9);

static bool is_in_place(const struct nfl_block *block, enum nfl_flow_template template)
{
	switch (block->place) {
	case WITH_IPV4:
		return nfl_template_is_ipv4(template);
	case WITH_IPV6:
		return !nfl_template_is_ipv4(template);
	case WITH_PORTS:
		return template == NFL_TEMPLATE_IPV4_PORTS || template == NFL_TEMPLATE_IPV6_PORTS;
	default:
		return true;
	}
}

static struct nfl_layout plain(const struct nfl_template *template)
{
	return (struct nfl_layout) {
		.template = template,
		.id = template->id,
		.count = template->count,
		.length = template->length,
	};
}

/**
 * nfl_layout_of_flow() - the layout of a template of flows
 * @templates: the protocol's
 * @number: &enum nfl_flow_template, or that of translated flows
 * @extras: the extra fields that are asked for
 */
struct nfl_layout nfl_layout_of_flow(const struct nfl_templates *templates, unsigned int number,
				     u16 extras)
{
	struct nfl_layout layout = plain(&templates->flow[number]);
	int i;

	if (likely(!extras))
		return layout;
	layout.blocks = templates->blocks;
	layout.id = ID_FIRST + nfl_extra_set(extras) * ID_OF_SET + number;
	for (i = 0; i < NFL_EXTRAS; i++) {
		const struct nfl_block *block = &layout.blocks[i];

		if (!nfl_extra_has(extras, i) ||
		    !is_in_place(block, number % NFL_TEMPLATE_TRANSLATED))
			continue;
		layout.extras |= BIT(i);
		layout.count += block->count;
		layout.length += block->length;
	}
	return layout;
}

/**
 * nfl_layout_for() - the layout of a record
 * @templates: the protocol's
 * @kind: of which kind the record is, see there for
 * @which: and
 * @source: this
 */
struct nfl_layout nfl_layout_for(const struct nfl_templates *templates, enum nfl_record_kind kind,
				 unsigned int which, const void *source)
{
	const struct nfl_template *template = nfl_template_for(templates, kind, which, source);
	const struct nfl_record *record = source;

	if (kind == NFL_RECORD_FLOW && unlikely(record->extras))
		return nfl_layout_of_flow(templates, template - templates->flow, record->extras);
	return plain(template);
}

/**
 * nfl_layout_next() - all layouts, in the order they are sent in
 * @templates: the protocol's
 * @sets: sets of extra fields that flows may have
 * @number: where to go on from, 0 at first; moved to the one that is returned
 * @layout: that one
 *
 * Return: false behind the last.
 */
bool nfl_layout_next(const struct nfl_templates *templates, const struct nfl_extra_sets *sets,
		     unsigned int *number, struct nfl_layout *layout)
{
	const struct nfl_template *template;
	unsigned int wide, set;

	if (*number < NFL_TEMPLATES) {
		template = nfl_template_next(templates, number);
		if (template) {
			*layout = plain(template);
			return true;
		}
		*number = NFL_TEMPLATES;
	}
	wide = *number - NFL_TEMPLATES;
	set = find_next_bit(sets->map, NFL_EXTRA_SETS, wide / NFL_FLOW_TEMPLATES);
	if (set == NFL_EXTRA_SETS)
		return false;
	wide = set == wide / NFL_FLOW_TEMPLATES ? wide : set * NFL_FLOW_TEMPLATES;
	*layout = nfl_layout_of_flow(templates, wide % NFL_FLOW_TEMPLATES, nfl_extras_of_set(set));
	*number = NFL_TEMPLATES + wide;
	return true;
}

/**
 * nfl_layouts_count() - how many layouts a protocol has
 * @templates: the protocol's, NULL for none
 * @sets: as in nfl_layout_next()
 */
unsigned int nfl_layouts_count(const struct nfl_templates *templates,
			       const struct nfl_extra_sets *sets)
{
	unsigned int count = 0, next = 0;
	struct nfl_layout layout;

	for (; templates && nfl_layout_next(templates, sets, &next, &layout); next++)
		count++;
	return count;
}

static u8 *put_fields(u8 *at, const struct nfl_field *fields, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++, at += 4) {
		put_unaligned_be16(fields[i].element, at);
		put_unaligned_be16(fields[i].length, at + 2);
	}
	return at;
}

/**
 * nfl_layout_put_fields() - the field specifiers, four octets each
 * @layout: the layout
 * @at: where to
 */
void nfl_layout_put_fields(const struct nfl_layout *layout, u8 *at)
{
	int i;

	at = put_fields(at, layout->template->fields, layout->template->count);
	for (i = 0; layout->extras >> i; i++) {
		if (nfl_extra_has(layout->extras, i))
			at = put_fields(at, layout->blocks[i].fields, layout->blocks[i].count);
	}
}

/**
 * nfl_layout_encode() - write a record
 * @layout: the layout
 * @at: where to
 * @source: the record's
 */
void nfl_layout_encode(const struct nfl_layout *layout, u8 *at, const void *source)
{
	int i;

	layout->template->encode(at, source);
	at += layout->template->length;
	for (i = 0; layout->extras >> i; i++) {
		if (!nfl_extra_has(layout->extras, i))
			continue;
		layout->blocks[i].encode(at, source);
		at += layout->blocks[i].length;
	}
}

static u64 keys_of(const struct nfl_field *fields, unsigned int count)
{
	u64 keys = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (fields[i].key)
			keys |= BIT_ULL(i);
	}
	return keys;
}

/**
 * nfl_layout_keys() - the flowKeyIndicator of a layout
 * @layout: of flows
 *
 * Return: bit i set where field i is a key (RFC 7011 section 4.4).
 */
u64 nfl_layout_keys(const struct nfl_layout *layout)
{
	unsigned int count = layout->template->count;
	u64 keys = keys_of(layout->template->fields, count);
	int i;

	for (i = 0; layout->extras >> i; i++) {
		if (!nfl_extra_has(layout->extras, i))
			continue;
		keys |= keys_of(layout->blocks[i].fields, layout->blocks[i].count) << count;
		count += layout->blocks[i].count;
	}
	return keys;
}
