/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a module's settings have around them: parameters, sysctls, locks, the log.
 */
#ifndef SHIM_MODULE_H
#define SHIM_MODULE_H

#include "cpu.h"
#include "kernel.h"
#include "linux/bits.h"
#include "linux/inet.h"
#include "linux/printk.h"
#include "linux/slab.h"

#define THIS_MODULE		NULL
#define kernel_param_lock(module)
#define kernel_param_unlock(module)

struct kernel_param {
	void *arg;
};

struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *parameter);
	int (*get)(char *text, const struct kernel_param *parameter);
};

/* Nobody gives parameters here. */
#define module_param_cb(name, operations, argument, mode)		\
	static const struct {						\
		const struct kernel_param_ops *ops;			\
		struct kernel_param parameter;				\
		int perm;						\
	} shim_param_##name __attribute__((unused)) = { operations, { argument }, mode }
#define MODULE_PARM_DESC(name, text)					\
	static const char shim_text_##name[] __attribute__((unused)) = text

/* Four, of which the last is offline. */
#define nr_cpu_ids		4U

static inline bool cpu_online(unsigned int cpu)
{
	assert(cpu < nr_cpu_ids);
	return cpu < 3;
}

static inline void strscpy(char *to, const char *from, size_t size)
{
	assert(strlen(from) < size);	/* nobody here wants it cut */
	strcpy(to, from);
}

static inline char *kstrdup(const char *text, gfp_t flags)
{
	char *copy = kmalloc(strlen(text) + 1, flags);

	return copy ? strcpy(copy, text) : NULL;
}

static inline char *strim(char *text)
{
	size_t length;

	while (isspace((u8)*text))
		text++;
	for (length = strlen(text); length && isspace((u8)text[length - 1]); length--)
		text[length - 1] = '\0';
	return text;
}

#define for_each_set_bit(bit, map, bits)		\
	for (bit = 0; bit < (bits); bit++)		\
		if (*(map) >> bit & 1)

/* --- sysctls --- */

struct ctl_table {
	const char *procname;
	void *data;
	int maxlen;
	unsigned int mode;
	int (*proc_handler)(const struct ctl_table *table, int write, void *buffer,
			    size_t *length, loff_t *position);
	void *extra1, *extra2;
};

struct ctl_table_header {
	const struct ctl_table *ctl_table_arg;
	size_t count;
};

static inline struct ctl_table_header *register_net_sysctl_sz(void *net, const char *path,
							      struct ctl_table *table,
							      size_t count)
{
	struct ctl_table_header *header = malloc(sizeof(*header));

	*header = (struct ctl_table_header){ table, count };
	return header;
}

static inline void unregister_net_sysctl_table(struct ctl_table_header *header)
{
	free(header);
}

/* A read from its begin on; the kernel's adds a newline, if there is room for it. */
static inline int proc_dostring(const struct ctl_table *table, int write, void *buffer,
				size_t *length, loff_t *position)
{
	assert(!write);
	*length = *position ? 0 : snprintf(buffer, *length, "%s\n", (char *)table->data);
	*position += *length;
	return 0;
}

#endif /* SHIM_MODULE_H */
