/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log: records that are to be exported, in blocks.
 */
#ifndef NFL_TRANSPORT_LOG_H
#define NFL_TRANSPORT_LOG_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "transport/account.h"
#include "transport/block.h"
#include "transport/share.h"

/* Why a record was not sent to any destination. */
enum nfl_loss {
	NFL_LOSS_UNSENT,	/* no destination has accepted it */
	NFL_LOSS_WITHHELD,	/* no protocol in use can express it */
	NFL_LOSS_UNMADE,	/* it fits into no message */
	NFL_LOSSES,
};

/**
 * struct nfl_log - a log
 * @ring: the blocks, by number
 * @size: length of @ring, a power of two; 0 before the exporter was started
 * @most: number of blocks, at most
 * @head: number of the next block; as all below under @lock, unless noted
 * @tail: number of the oldest block; written by the sender
 * @filling: the block to which records are being added; it is the last one
 * @appended: records since the log was made or reset, with those in it then
 * @sent: those of them that at least one destination has received
 * @lost: those of them that none has received, by cause
 * @withheld: those of them that some destination has not received, since its protocol
 *	cannot express them
 * @missed: those of @lost that have never been in the log
 * @missed_first: when one was first missed, milliseconds since 1970; 0 if none was
 * @missed_last: when one was last missed
 * @lock: the lock of the account; taken in process context
 * @arrived: called after records were appended; may be NULL
 *
 * In each log, appended = sent + lost + what is in its blocks and not settled.
 *
 * Records are appended under the lock of whoever appends to this log. All else but reading
 * the counts is the sender's, under the sender's lock.
 */
struct nfl_log {
	struct nfl_block **ring;
	u32 size;
	u32 most;
	u32 head;
	u32 tail;
	struct nfl_block *filling;
	struct nfl_account appended;
	struct nfl_account sent;
	struct nfl_account lost[NFL_LOSSES];
	struct nfl_account withheld;
	struct nfl_account missed;
	u64 missed_first;
	u64 missed_last;
	spinlock_t *lock;
	void (*arrived)(struct nfl_log *log);
};

/* What the records of a block have in common; see struct nfl_block. */
struct nfl_block_context {
	u32 selector;
	u16 added;
	u8 kind;
	u8 family;
	u16 size;
};

void nfl_log_init(struct nfl_log *log, spinlock_t *lock, void (*arrived)(struct nfl_log *log));
int nfl_log_resize(struct nfl_log *log, u64 octets);
void nfl_log_stop(struct nfl_log *log);

struct nfl_block *nfl_log_begin(struct nfl_log *log, const struct nfl_block_context *context);
void nfl_log_end(struct nfl_log *log, struct nfl_block *block, unsigned int count,
		 const struct nfl_account *sum);
void nfl_log_lose(struct nfl_log *log, const struct nfl_account *sum);
bool nfl_log_append_event(struct nfl_log *log, const struct nfl_nat_record *record);
void nfl_log_lose_events(struct nfl_log *log, u64 events);
bool nfl_log_append_options(struct nfl_log *log, const struct nfl_stored_options *options);

struct nfl_position nfl_log_tail(const struct nfl_log *log);
struct nfl_position nfl_log_last(struct nfl_log *log);
struct nfl_position nfl_log_last_appended(struct nfl_log *log, struct nfl_account *appended);
void nfl_log_normalise(const struct nfl_log *log, struct nfl_position *at,
		       const struct nfl_position *last);
void nfl_log_walk(const struct nfl_log *log, struct nfl_position from,
		  const struct nfl_position *to,
		  void (*function)(struct nfl_block *block, u64 records, void *argument),
		  void *argument);
void nfl_log_sum(const struct nfl_log *log, struct nfl_position from,
		 const struct nfl_position *to, struct nfl_account *sum);
void nfl_log_settle(struct nfl_log *log, const struct nfl_range *range,
		    const struct nfl_account *sum, const struct nfl_share *share, bool all);
void nfl_log_trim(struct nfl_log *log, struct nfl_position hold);
void nfl_log_queued(const struct nfl_log *log, struct nfl_account *queued);
void nfl_log_mark_before(struct nfl_log *log);

void nfl_block_sum(const struct nfl_block *block, u64 records, struct nfl_account *sum);
unsigned int nfl_log_used(struct nfl_log *log);

static inline struct nfl_block *nfl_log_block(const struct nfl_log *log, u32 number)
{
	return log->ring[number & (log->size - 1)];
}

/* The sum of all losses; under the account's lock. */
static inline struct nfl_account nfl_log_lost(const struct nfl_log *log)
{
	struct nfl_account lost = { };
	int cause;

	for (cause = 0; cause < NFL_LOSSES; cause++)
		nfl_account_sum(&lost, &log->lost[cause]);
	return lost;
}

#endif /* NFL_TRANSPORT_LOG_H */
