/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extra fields of records, beyond the fields that all records have. Some are keys. They are
 * switched by settings. Flows with the fields of the setting `fields` are wide.
 */
#ifndef NFL_FLOW_FIELDS_H
#define NFL_FLOW_FIELDS_H

#include <linux/bits.h>
#include <linux/types.h>

/*
 * The words of the setting `fields`: X(name, word, description). The elements of a word are
 * in protocol/optional_fields.c; the values are found by ethernet.c, header_options.c and
 * meter/enrich.c.
 */
#define NFL_EXTRA_FIELDS(X)						\
	X(MAC, "mac", "addresses of the Ethernet frame")		\
	X(VLAN, "vlan", "VLAN tags")					\
	X(ETHERTYPE, "ethertype", "Ethernet type")			\
	X(MPLS, "mpls", "MPLS label stack")				\
	X(PHYSDEV, "physdev", "ports of a bridge")			\
	X(OPTIONS, "options", "IPv4 options")				\
	X(EXTHDRS, "exthdrs", "IPv6 extension headers")			\
	X(TCPOPTIONS, "tcpoptions", "TCP options")			\
	X(VRF, "vrf", "VRFs of the interfaces")

enum nfl_extra {
#define X(name, ...) NFL_EXTRA_##name,
	NFL_EXTRA_FIELDS(X)
#undef X
	NFL_EXTRA_WORDS,
	/* of other settings: prefix lengths (aggregation), the selector (sampler) */
	NFL_EXTRA_PREFIXES4 = NFL_EXTRA_WORDS,
	NFL_EXTRA_SELECTOR,
	NFL_EXTRA_PREFIXES6,
	NFL_EXTRAS,
};

#define NFL_EXTRAS_OF_AGGREGATION	(BIT(NFL_EXTRA_PREFIXES4) | BIT(NFL_EXTRA_PREFIXES6))

#define NFL_EXTRAS_ALL			(BIT(NFL_EXTRAS) - 1)

/* Those of the setting `fields`. */
#define NFL_EXTRAS_OF_FIELDS		((u16)(BIT(NFL_EXTRA_WORDS) - 1))

/*
 * Sets of extra fields have numbers, which template ids are computed from. Prefix lengths of
 * IPv6 are always switched with those of IPv4, so they have no bit of their own.
 */
#define NFL_EXTRA_SETS			BIT(NFL_EXTRA_PREFIXES6)

static inline unsigned int nfl_extra_set(u16 extras)
{
	return extras & (NFL_EXTRA_SETS - 1);
}

static inline u16 nfl_extras_of_set(unsigned int set)
{
	return set & BIT(NFL_EXTRA_PREFIXES4) ? set | BIT(NFL_EXTRA_PREFIXES6) : set;
}

/* Extra fields from the header of the frame, and from the headers of the packet. */
#define NFL_EXTRAS_OF_LINK	\
	(BIT(NFL_EXTRA_MAC) | BIT(NFL_EXTRA_VLAN) | BIT(NFL_EXTRA_ETHERTYPE) | BIT(NFL_EXTRA_MPLS))
#define NFL_EXTRAS_OF_HEADERS	\
	(BIT(NFL_EXTRA_OPTIONS) | BIT(NFL_EXTRA_EXTHDRS) | BIT(NFL_EXTRA_TCPOPTIONS))

static inline bool nfl_extra_has(u16 extras, enum nfl_extra extra)
{
	return extras & BIT(extra);
}

int nfl_fields_parse(const char *text, u16 *extras);
size_t nfl_fields_print(u16 extras, char *text, size_t size);

#endif /* NFL_FLOW_FIELDS_H */
