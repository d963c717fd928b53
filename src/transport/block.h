/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of records that are to be exported, and positions among them.
 *
 * Records are stored as their sources, and not as they are sent: the protocol, the length
 * of a message and the sequence number are those of each destination.
 */
#ifndef NFL_TRANSPORT_BLOCK_H
#define NFL_TRANSPORT_BLOCK_H

#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#include "flow/flow.h"
#include "protocol/layout.h"
#include "protocol/record.h"

#define NFL_BLOCK_SIZE	4096

/* The logs, in the order in which they are sent. */
enum nfl_log_kind {
	NFL_LOG_OPTIONS,	/* struct nfl_stored_options */
	NFL_LOG_EVENTS,		/* struct nfl_stored_event */
	NFL_LOG_FLOWS,		/* struct nfl_flow, of the block's family */
	NFL_LOGS,
};

/**
 * struct nfl_stored_event - a NAT event in a block
 * @record: the event; its pointers are set when it is read
 * @before: end points before translation
 * @after: end points after translation
 */
struct nfl_stored_event {
	struct nfl_nat_record record;
	struct nfl_endpoints before;
	struct nfl_endpoints after;
};

/**
 * struct nfl_stored_options - options data in a block
 * @which: &enum nfl_options_template
 * @first: the number of the first session that the record is for, see struct nfl_session
 * @last: that of the last one
 * @log: &enum nfl_log_kind whose losses the record contains, if it contains losses
 *
 * What a session counts is added when the record is sent to it.
 */
struct nfl_stored_options {
	u16 which;
	u16 log;
	u32 first;
	u32 last;
	union {
		struct nfl_metering_statistics statistics;
		struct nfl_metering_reliability metering;
		struct nfl_exporting_reliability exporting;
		struct nfl_layout layout;
		struct nfl_interface interface;
		struct nfl_system system;
		struct nfl_selector_record selector;
	};
};

static inline bool nfl_stored_is_for(const struct nfl_stored_options *options, u32 session)
{
	return options->first <= session && session <= options->last;
}

/*
 * The prefix lengths of an aggregated flow are stored in nfl_flow.next, which has no other
 * use in a block.
 */
static inline u32 nfl_stored_lengths(u8 source, u8 destination)
{
	return source << 8 | destination;
}

/**
 * struct nfl_block - records, with what they have in common
 * @settled: a bit for each record that was sent, and will not be sent again
 * @withheld: a bit for each record that a stream passed over, since its protocol cannot
 *	express the record
 * @skipped: a bit for each record that a stream should have sent and has skipped
 * @unmade: a bit for each record of @skipped that fits into no message
 * @before: @settled, when the list of destinations was replaced as a whole
 * @clock: nfl_clock64() when the block was begun
 * @selector: the selector of its flows, see selector.h
 * @added: extra fields of all its flows beside their own
 * @kind: &enum nfl_log_kind
 * @family: &enum nfl_family of its flows
 * @size: octets of a record
 * @count: number of records
 * @number: its number in the log
 * @records: the records; constant once @count includes them
 *
 * The bits are the sender's.
 */
struct nfl_block {
	u64 settled;
	u64 withheld;
	u64 skipped;
	u64 unmade;
	u64 before;
	u64 clock;
	u32 selector;
	u16 added;
	u8 kind;
	u8 family;
	u16 size;
	u16 count;
	u32 number;
	u8 records[] __aligned(64);
};

/* A bit for each record. */
static_assert((NFL_BLOCK_SIZE - sizeof(struct nfl_block)) / sizeof(struct nfl_flow4) < 64);
static_assert((NFL_BLOCK_SIZE - sizeof(struct nfl_block)) / sizeof(struct nfl_stored_options) < 64);
static_assert((NFL_BLOCK_SIZE - sizeof(struct nfl_block)) / sizeof(struct nfl_stored_event) < 64);

/**
 * struct nfl_position - a place between two records of a log
 * @block: number of the block; numbers of blocks increase, and wrap
 * @index: number of the next record there
 * @part: number of parts of this record that are before the position; a flow that NetFlow
 *	v5 cannot express by one record is sent in parts
 */
struct nfl_position {
	u32 block;
	u16 index;
	u32 part;
};

/* Records from one position to another; a record belongs to the range in which it ends. */
struct nfl_range {
	struct nfl_position from;
	struct nfl_position to;
};

/* Less than 0 if @a is before @b, 0 if it is the same place. */
static inline int nfl_position_compare(const struct nfl_position *a, const struct nfl_position *b)
{
	if (a->block != b->block)
		return (s32)(a->block - b->block) < 0 ? -1 : 1;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	return 0;
}

static inline unsigned int nfl_block_room(const struct nfl_block *block)
{
	return (NFL_BLOCK_SIZE - sizeof(*block)) / block->size - block->count;
}

static inline void *nfl_block_record(const struct nfl_block *block, unsigned int index)
{
	return (void *)(block->records + index * block->size);
}

/* Those of a block's records that are for a session; only options data are for some. */
static inline u64 nfl_block_for(const struct nfl_block *block, u64 records, u32 session)
{
	u64 result = 0, rest;

	if (likely(block->kind != NFL_LOG_OPTIONS))
		return records;
	for (rest = records; rest; rest &= rest - 1) {
		if (nfl_stored_is_for(nfl_block_record(block, __ffs64(rest)), session))
			result |= rest & -rest;
	}
	return result;
}

/* The bits of the records from @from to @to, the last one excluded; 64 at most. */
static inline u64 nfl_block_mask(unsigned int from, unsigned int to)
{
	if (from >= to)
		return 0;
	return (to == 64 ? ~0ULL : BIT_ULL(to) - 1) & ~(BIT_ULL(from) - 1);
}

/* Those of a block's records before @fresh that were settled when the list was replaced. */
static inline u64 nfl_block_known(const struct nfl_block *block, const struct nfl_position *fresh)
{
	if (likely((s32)(block->number - fresh->block) > 0))
		return 0;
	return block->before & (block->number == fresh->block ?
				nfl_block_mask(0, fresh->index) : ~0ULL);
}

#endif /* NFL_TRANSPORT_BLOCK_H */
