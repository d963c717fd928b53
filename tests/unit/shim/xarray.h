/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's xarray with marks, for a test whose subject needs one: an array of
 * SHIM_XARRAY_SIZE places.
 */
#ifndef SHIM_XARRAY_H
#define SHIM_XARRAY_H

/* The one in linux/ only lets it be declared. */
#define SHIM_LINUX_XARRAY_H

#include "kernel.h"

#ifndef SHIM_XARRAY_SIZE
#define SHIM_XARRAY_SIZE	1024
#endif

typedef unsigned int xa_mark_t;

#define XA_MARK_0		1U
#define XA_MARK_1		2U
#define XA_PRESENT		8U

struct xarray {
	void *entry[SHIM_XARRAY_SIZE];
	u8 marks[SHIM_XARRAY_SIZE];
};

#define DEFINE_XARRAY(name)	struct xarray name

#define xa_mk_value(n)		((void *)(((unsigned long)(n) << 1) | 1))

static inline void xa_init(struct xarray *xa)
{
	memset(xa, 0, sizeof(*xa));
}

static inline void xa_destroy(struct xarray *xa)
{
	xa_init(xa);
}

static inline void *xa_load(struct xarray *xa, unsigned long index)
{
	return xa->entry[index];
}

/* A test may let a store fail. */
static bool (*shim_xa_fails)(void);

#define SHIM_XA_ERROR	((void *)-2L)

static inline void *xa_store(struct xarray *xa, unsigned long index, void *entry,
			     unsigned int flags)
{
	void *old = xa->entry[index];

	if (shim_xa_fails && shim_xa_fails())
		return SHIM_XA_ERROR;
	xa->entry[index] = entry;
	return old;
}

static inline int xa_err(void *entry)
{
	return entry == SHIM_XA_ERROR ? -ENOMEM : 0;
}

static inline void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *old = xa->entry[index];

	xa->entry[index] = NULL;
	xa->marks[index] = 0;
	return old;
}

/* What is not there has no mark. */
static inline void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	if (xa->entry[index])
		xa->marks[index] |= mark;
}

static inline void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	xa->marks[index] &= ~mark;
}

static inline bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	return xa->marks[index] & mark;
}

static inline void *shim_xa_find(struct xarray *xa, unsigned long *index, unsigned long from,
				 xa_mark_t filter)
{
	for (; from < SHIM_XARRAY_SIZE; from++) {
		if (!xa->entry[from] || (filter != XA_PRESENT && !(xa->marks[from] & filter)))
			continue;
		*index = from;
		return xa->entry[from];
	}
	return NULL;
}

static inline bool xa_marked(const struct xarray *xa, xa_mark_t mark)
{
	unsigned long index;

	return shim_xa_find((struct xarray *)xa, &index, 0, mark);
}

static inline void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long most,
				  xa_mark_t filter)
{
	return shim_xa_find(xa, index, *index + 1, filter);
}

#define xa_for_each(xa, index, at)						\
	for (index = 0, at = shim_xa_find(xa, &index, 0, XA_PRESENT); at;	\
	     at = shim_xa_find(xa, &index, index + 1, XA_PRESENT))

#define xa_for_each_marked(xa, index, at, mark)					\
	for (index = 0, at = shim_xa_find(xa, &index, 0, mark); at;		\
	     at = shim_xa_find(xa, &index, index + 1, mark))

#endif /* SHIM_XARRAY_H */
