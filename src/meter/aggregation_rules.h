/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that rewrite addresses and ports.
 */
#ifndef NFL_METER_AGGREGATION_RULES_H
#define NFL_METER_AGGREGATION_RULES_H

#include <linux/types.h>

enum nfl_rewrite_kind {
	NFL_REWRITE_IPV4,
	NFL_REWRITE_IPV6,
	NFL_REWRITE_PORT,
	NFL_REWRITE_KINDS,
};

#define NFL_REWRITE_WORDS	4	/* of an IPv6 address; an IPv4 address has one */

/**
 * struct nfl_rewrite - a rule
 * @kind: what it rewrites
 * @address: the network
 * @mask: the mask of the network
 * @keep: the bits of the address that are kept
 * @length: number of bits set in @mask
 * @left: number of bits set in @keep
 * @first: the first port that is replaced
 * @last: the last port that is replaced
 * @port: the new port
 */
struct nfl_rewrite {
	enum nfl_rewrite_kind kind;
	union {
		struct {
			__be32 address[NFL_REWRITE_WORDS];
			__be32 mask[NFL_REWRITE_WORDS];
			__be32 keep[NFL_REWRITE_WORDS];
			u8 length;
			u8 left;
		};
		struct {
			u16 first;
			u16 last;
			u16 port;
		};
	};
};

/**
 * struct nfl_rewrites - rules; the first one that matches is applied
 * @end: for each kind, the index after its last rule; its first rule has the index at which
 *	the previous kind ends
 * @rule: the rules by kind; rules of one kind are in the order of the text
 */
struct nfl_rewrites {
	unsigned int end[NFL_REWRITE_KINDS];
	struct nfl_rewrite rule[];
};

static inline unsigned int nfl_rewrites_begin(const struct nfl_rewrites *rewrites,
					      enum nfl_rewrite_kind kind)
{
	return kind ? rewrites->end[kind - 1] : 0;
}

static inline unsigned int nfl_rewrites_count(const struct nfl_rewrites *rewrites)
{
	return rewrites->end[NFL_REWRITE_KINDS - 1];
}

int nfl_rewrites_parse(const char *text, struct nfl_rewrites **rewrites);
int nfl_rewrite_address(const struct nfl_rewrites *rewrites, enum nfl_rewrite_kind kind,
			__be32 *address);
int nfl_rewrite_port(const struct nfl_rewrites *rewrites, __be16 *port);
u8 nfl_rewrites_left(const struct nfl_rewrites *rewrites, enum nfl_rewrite_kind kind,
		     const __be32 *address);

#endif /* NFL_METER_AGGREGATION_RULES_H */
