/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_WAIT_H
#define SHIM_LINUX_WAIT_H

#include <stdbool.h>

/* What goes on while somebody waits is the test's; false says that the time is up. */
static bool (*shim_waits)(void) __attribute__((unused));

typedef struct {} wait_queue_head_t;
typedef struct {} wait_queue_entry_t;

static inline void init_waitqueue_head(wait_queue_head_t *head)
{
}

static inline void wake_up(wait_queue_head_t *head)
{
}

#define wait_event_timeout(head, condition, timeout)		\
({								\
	bool shim_true;						\
								\
	(void)(head), (void)(timeout);				\
	while (!(shim_true = (condition)) && shim_waits())	\
		;						\
	shim_true;						\
})

#endif /* SHIM_LINUX_WAIT_H */
