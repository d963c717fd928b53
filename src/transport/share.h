/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shares of the records, where several collectors share the load.
 */
#ifndef NFL_TRANSPORT_SHARE_H
#define NFL_TRANSPORT_SHARE_H

#include <linux/types.h>

#include "transport/block.h"

/**
 * struct nfl_share - which records a stream takes
 * @number: of this share, from 0 on
 * @of: number of shares; 0 or 1 if the stream takes all
 */
struct nfl_share {
	u8 number;
	u8 of;
};

u64 nfl_share_select(const struct nfl_share *share, const struct nfl_block *block, u64 records);

/* Those of a block's records that belong to the share. */
static inline u64 nfl_share_of(const struct nfl_share *share, const struct nfl_block *block,
			       u64 records)
{
	return likely(share->of <= 1) ? records : nfl_share_select(share, block, records);
}

#endif /* NFL_TRANSPORT_SHARE_H */
