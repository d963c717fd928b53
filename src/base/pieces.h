/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A text that is written in several pieces.
 */
#ifndef NFL_BASE_PIECES_H
#define NFL_BASE_PIECES_H

#include <linux/mutex.h>
#include <linux/types.h>

/**
 * struct nfl_pieces - the pieces that have come
 * @lock: for all of it, a mutex; nothing else is taken within it
 * @of: what the text is for, NULL if no further piece is expected
 * @writer: the process that writes it, a number
 * @text: the pieces, or NULL
 * @length: octets in @text
 */
struct nfl_pieces {
	struct mutex lock;
	const void *of;
	pid_t writer;
	char *text;
	size_t length;
};

#endif /* NFL_BASE_PIECES_H */
