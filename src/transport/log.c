// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log: a bounded ring of blocks of records.
 *
 * Records are added to the last block while it has room for records of the same kind, and
 * are sent from it before it is full. The sender frees a block when no stream needs it; what
 * is not settled in it then is lost.
 *
 * Whoever appends owns the last block from nfl_log_begin() to nfl_log_end(). The sender sees
 * the records that are in the block's count, and does not free the block meanwhile.
 *
 * Context of all functions: process.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "transport/log.h"

/*
 * Blocks that a log may have beyond its bound: for records that come one by one, from a
 * source that stops when the log is full, but not at once.
 */
#define SLACK		16

/*
 * No records are added to a block that is older than this, in milliseconds: times of flows
 * have 32 bits, and are read by the block's clock.
 */
#define BLOCK_AGE	(24 * 3600 * 1000)

/**
 * nfl_log_init() - initialise an empty log that accepts no record
 * @log: the log
 * @lock: the account's lock
 * @arrived: see &struct nfl_log
 */
void nfl_log_init(struct nfl_log *log, spinlock_t *lock, void (*arrived)(struct nfl_log *log))
{
	*log = (struct nfl_log) { .lock = lock, .arrived = arrived };
}

/**
 * nfl_log_resize() - start a log, or change its size
 * @log: the log
 * @octets: octets of the blocks, at most
 *
 * The ring is never made smaller.
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_log_resize(struct nfl_log *log, u64 octets)
{
	const u32 most = max_t(u32, octets / NFL_BLOCK_SIZE, 2);
	const u32 size = roundup_pow_of_two(most + SLACK);
	struct nfl_block **old = log->ring, **new = NULL;
	u32 number;

	if (size > log->size) {
		new = nfl_alloc(size * sizeof(*new));
		if (!new)
			return -ENOMEM;
	}
	spin_lock(log->lock);
	log->most = most;
	if (new) {
		for (number = log->tail; number != log->head; number++)
			new[number & (size - 1)] = nfl_log_block(log, number);
		log->ring = new;
		log->size = size;
	}
	spin_unlock(log->lock);
	if (new)
		kvfree(old);
	return 0;
}

/**
 * nfl_log_stop() - free the ring
 * @log: the log; no stream uses it, and nobody appends
 */
void nfl_log_stop(struct nfl_log *log)
{
	if (!log->size)
		return;
	nfl_log_trim(log, (struct nfl_position) { .block = log->head });
	kvfree(log->ring);
	log->ring = NULL;
	log->size = 0;
}

/* The last block, if it has room for such a record. The caller holds the account's lock. */
static struct nfl_block *last_with_room(const struct nfl_log *log,
					const struct nfl_block_context *context)
{
	struct nfl_block *block;

	if (log->head == log->tail)
		return NULL;
	block = nfl_log_block(log, log->head - 1);
	return block->kind == context->kind && block->family == context->family &&
	       block->size == context->size && block->selector == context->selector &&
	       block->added == context->added && nfl_block_room(block) &&
	       nfl_clock64() - block->clock < BLOCK_AGE ? block : NULL;
}

/**
 * nfl_log_begin() - have a block to add records to
 * @log: the log; the caller is the only one who appends
 * @context: what the records have in common with those of the block
 *
 * Return: a block with room for at least one record, until nfl_log_end(). -ENOSPC if the
 * log is full, -ENOMEM.
 */
struct nfl_block *nfl_log_begin(struct nfl_log *log, const struct nfl_block_context *context)
{
	struct nfl_block *block;
	bool full;

	spin_lock(log->lock);
	block = last_with_room(log, context);
	log->filling = block;
	full = log->head - log->tail >= (context->kind == NFL_LOG_FLOWS ? log->most : log->size);
	spin_unlock(log->lock);
	if (block)
		return block;
	if (full)
		return ERR_PTR(-ENOSPC);
	block = kmalloc(NFL_BLOCK_SIZE, NFL_GFP_WORKER);
	if (!block)
		return ERR_PTR(-ENOMEM);
	*block = (struct nfl_block) {
		.clock = nfl_clock64(),
		.selector = context->selector,
		.added = context->added,
		.kind = context->kind,
		.family = context->family,
		.size = context->size,
	};
	spin_lock(log->lock);
	block->number = log->head;
	log->ring[log->head & (log->size - 1)] = block;
	log->head++;
	log->filling = block;
	spin_unlock(log->lock);
	return block;
}

/**
 * nfl_log_end() - the records were added
 * @log: the log
 * @block: the block that nfl_log_begin() returned
 * @count: number of records that were written behind those that it had
 * @sum: of these records
 */
void nfl_log_end(struct nfl_log *log, struct nfl_block *block, unsigned int count,
		 const struct nfl_account *sum)
{
	spin_lock(log->lock);
	block->count += count;
	log->filling = NULL;
	nfl_account_sum(&log->appended, sum);
	spin_unlock(log->lock);
}

/**
 * nfl_log_lose() - records for which there is no room are lost
 * @log: the log
 * @sum: the records
 */
void nfl_log_lose(struct nfl_log *log, const struct nfl_account *sum)
{
	if (!sum->flows)
		return;
	spin_lock(log->lock);
	nfl_account_sum(&log->appended, sum);
	nfl_account_sum(&log->lost[NFL_LOSS_UNSENT], sum);
	nfl_account_sum(&log->missed, sum);
	log->missed_last = ktime_to_ms(ktime_get_real());
	if (!log->missed_first)
		log->missed_first = log->missed_last;
	spin_unlock(log->lock);
}

/* Append one record, for logs that have few. */
static bool append_one(struct nfl_log *log, u8 kind, const void *record, u16 size)
{
	const struct nfl_block_context context = { .kind = kind, .size = size };
	struct nfl_block *block;

	if (!log->size)
		return false;
	block = nfl_log_begin(log, &context);
	if (IS_ERR(block))
		return false;
	memcpy(nfl_block_record(block, block->count), record, size);
	nfl_log_end(log, block, 1, &(struct nfl_account) { .flows = 1 });
	if (log->arrived)
		log->arrived(log);
	return true;
}

/**
 * nfl_log_append_event() - append a NAT event
 * @log: the log of NAT events
 * @record: the event
 *
 * Return: false if there is no room for it.
 */
bool nfl_log_append_event(struct nfl_log *log, const struct nfl_nat_record *record)
{
	const struct nfl_stored_event event = {
		.record = *record,
		.before = *record->before,
		.after = *record->after,
	};

	return append_one(log, NFL_LOG_EVENTS, &event, sizeof(event));
}

/**
 * nfl_log_lose_events() - NAT events will not be exported
 * @log: the log of NAT events
 * @events: the number of events
 */
void nfl_log_lose_events(struct nfl_log *log, u64 events)
{
	nfl_log_lose(log, &(struct nfl_account) { .flows = events });
}

/**
 * nfl_log_append_options() - append options data
 * @log: the log of options data
 * @options: the record
 *
 * Return: false if there is no room for it.
 */
bool nfl_log_append_options(struct nfl_log *log, const struct nfl_stored_options *options)
{
	return append_one(log, NFL_LOG_OPTIONS, options, sizeof(*options));
}

/**
 * nfl_log_tail() - where the log begins
 * @log: the log
 */
struct nfl_position nfl_log_tail(const struct nfl_log *log)
{
	return (struct nfl_position) { .block = log->tail };
}

/**
 * nfl_log_last_appended() - where the log ends at this time, and what was appended by now
 * @log: the log
 * @appended: set
 */
struct nfl_position nfl_log_last_appended(struct nfl_log *log, struct nfl_account *appended)
{
	struct nfl_position last = { };

	spin_lock(log->lock);
	last.block = log->head;
	if (log->head != log->tail) {
		last.block--;
		last.index = nfl_log_block(log, last.block)->count;
	}
	*appended = log->appended;
	spin_unlock(log->lock);
	return last;
}

/**
 * nfl_log_last() - where the log ends at this time
 * @log: the log
 */
struct nfl_position nfl_log_last(struct nfl_log *log)
{
	struct nfl_account unused;

	return nfl_log_last_appended(log, &unused);
}

/**
 * nfl_log_normalise() - move a position from the end of a block to the next block
 * @log: the log
 * @at: the position; a freed block is left, too
 * @last: what nfl_log_last() has returned; @at is not moved beyond it
 */
void nfl_log_normalise(const struct nfl_log *log, struct nfl_position *at,
		       const struct nfl_position *last)
{
	if ((s32)(at->block - log->tail) < 0)
		*at = nfl_log_tail(log);
	while (at->block != last->block && at->index >= nfl_log_block(log, at->block)->count)
		*at = (struct nfl_position) { .block = at->block + 1 };
}

/**
 * nfl_log_walk() - visit the blocks of a range
 * @log: the log
 * @from: the begin of the range, not in a freed block
 * @to: its end
 * @function: called with each block, and the bits of its records in the range
 * @argument: for @function
 */
void nfl_log_walk(const struct nfl_log *log, struct nfl_position from,
		  const struct nfl_position *to,
		  void (*function)(struct nfl_block *block, u64 records, void *argument),
		  void *argument)
{
	while (nfl_position_compare(&from, to) < 0) {
		struct nfl_block *block;
		unsigned int end;

		/* the range may end at the begin of a block that does not exist yet */
		block = nfl_log_block(log, from.block);
		end = from.block == to->block ? to->index : block->count;
		if (from.index < end)
			function(block, nfl_block_mask(from.index, end), argument);
		from = (struct nfl_position) { .block = from.block + 1 };
	}
}

/**
 * nfl_block_sum() - add up records of a block
 * @block: the block
 * @records: the records, a bit each
 * @sum: they are added to this
 */
void nfl_block_sum(const struct nfl_block *block, u64 records, struct nfl_account *sum)
{
	if (block->kind != NFL_LOG_FLOWS) {
		sum->flows += hweight64(records);
		return;
	}
	for (; records; records &= records - 1)
		nfl_account_add(sum, nfl_block_record(block, __ffs64(records)));
}

static void sum_block(struct nfl_block *block, u64 records, void *argument)
{
	nfl_block_sum(block, records, argument);
}

/**
 * nfl_log_sum() - add up the records of a range
 * @log: the log
 * @from: as in nfl_log_walk()
 * @to: likewise
 * @sum: they are added to this
 */
void nfl_log_sum(const struct nfl_log *log, struct nfl_position from,
		 const struct nfl_position *to, struct nfl_account *sum)
{
	nfl_log_walk(log, from, to, sum_block, sum);
}

/* @all: the share of the range was all sent; else those records that are not withheld. */
struct settling {
	const struct nfl_share *share;
	bool all;
	bool mixed;
	struct nfl_account sum;
};

static u64 to_settle(const struct nfl_block *block, u64 records, const struct settling *settling)
{
	records = nfl_share_of(settling->share, block, records);
	return settling->all ? records : records & ~block->withheld;
}

static void look_settled(struct nfl_block *block, u64 records, void *argument)
{
	struct settling *settling = argument;

	settling->mixed |= !!(to_settle(block, records, settling) & block->settled);
}

static void settle_block(struct nfl_block *block, u64 records, void *argument)
{
	struct settling *settling = argument;

	records = to_settle(block, records, settling);
	if (settling->mixed)
		nfl_block_sum(block, records & ~block->settled, &settling->sum);
	block->settled |= records;
}

/**
 * nfl_log_settle() - records have been received
 * @log: the log
 * @range: the records
 * @sum: of those records of the range that were sent
 * @share: the records of the range that were to be sent
 * @all: all of these were sent; otherwise those that the protocol could express
 *
 * A record that another destination has received before is not counted again.
 */
void nfl_log_settle(struct nfl_log *log, const struct nfl_range *range,
		    const struct nfl_account *sum, const struct nfl_share *share, bool all)
{
	struct settling settling = { .share = share, .all = all };

	/* the sums of records that are all new, or all known, need no look at each */
	nfl_log_walk(log, range->from, &range->to, look_settled, &settling);
	nfl_log_walk(log, range->from, &range->to, settle_block, &settling);
	spin_lock(log->lock);
	nfl_account_sum(&log->sent, settling.mixed ? &settling.sum : sum);
	spin_unlock(log->lock);
}

/* A block is freed. The caller holds the account's lock. */
static void lose_rest(struct nfl_log *log, const struct nfl_block *block)
{
	const u64 lost = nfl_block_mask(0, block->count) & ~block->settled;
	const u64 unmade = lost & block->unmade;
	const u64 withheld = lost & block->withheld & ~block->skipped;
	const u64 of_cause[NFL_LOSSES] = {
		[NFL_LOSS_UNSENT] = lost & ~unmade & ~withheld,
		[NFL_LOSS_WITHHELD] = withheld & ~unmade,
		[NFL_LOSS_UNMADE] = unmade,
	};
	int cause;

	for (cause = 0; lost && cause < NFL_LOSSES; cause++)
		nfl_block_sum(block, of_cause[cause], &log->lost[cause]);
}

/**
 * nfl_log_trim() - free the blocks that are not needed
 * @log: the log
 * @hold: the first position that is needed; normalised
 *
 * The last block is freed as well if nothing in it is needed and no record is being added
 * to it.
 */
void nfl_log_trim(struct nfl_log *log, struct nfl_position hold)
{
	struct nfl_block *block;

	for (;;) {
		spin_lock(log->lock);
		block = log->head != log->tail ? nfl_log_block(log, log->tail) : NULL;
		if (block && hold.block == log->tail &&
		    (hold.index < block->count || log->head - log->tail > 1))
			block = NULL;
		if (!block || block == log->filling || (s32)(hold.block - log->tail) < 0) {
			spin_unlock(log->lock);
			return;
		}
		lose_rest(log, block);
		log->tail++;
		spin_unlock(log->lock);
		kfree(block);
	}
}

/**
 * nfl_log_queued() - count what waits, record by record
 * @log: the log
 * @queued: filled
 */
void nfl_log_queued(const struct nfl_log *log, struct nfl_account *queued)
{
	u32 number;

	memset(queued, 0, sizeof(*queued));
	for (number = log->tail; number != log->head; number++) {
		const struct nfl_block *block = nfl_log_block(log, number);

		nfl_block_sum(block, nfl_block_mask(0, block->count) & ~block->settled, queued);
	}
}

/**
 * nfl_log_mark_before() - remember which records are settled now
 * @log: the log
 */
void nfl_log_mark_before(struct nfl_log *log)
{
	const struct nfl_position last = nfl_log_last(log);
	u32 number;

	for (number = log->tail; number != log->head; number++) {
		struct nfl_block *block = nfl_log_block(log, number);

		block->before = block->settled;
		if (number == last.block)
			break;
	}
}

/**
 * nfl_log_used() - the number of blocks
 * @log: the log
 */
unsigned int nfl_log_used(struct nfl_log *log)
{
	unsigned int used;

	spin_lock(log->lock);
	used = log->head - log->tail;
	spin_unlock(log->lock);
	return used;
}
