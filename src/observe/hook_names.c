// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of netfilter's hooks in the setting `hooks`.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/netfilter.h>
#include <linux/string.h>

#include "observe/hook_names.h"

static const char *const hook_names[] = {
	[NF_INET_PRE_ROUTING] = "prerouting",
	[NF_INET_LOCAL_IN] = "input",
	[NF_INET_FORWARD] = "forward",
	[NF_INET_LOCAL_OUT] = "output",
	[NF_INET_POST_ROUTING] = "postrouting",
	[NF_INET_INGRESS] = "ingress",
};

static_assert(ARRAY_SIZE(hook_names) == NFL_HOOKS);

static int parse_name(const char *name, size_t length)
{
	int hook;

	for (hook = 0; hook < NFL_HOOKS; hook++) {
		if (strlen(hook_names[hook]) == length &&
		    !strncasecmp(name, hook_names[hook], length))
			return hook;
	}
	return -EINVAL;
}

/**
 * nfl_hook_parse() - read a list of hooks
 * @text: the list; empty for no hooks
 * @hooks: the bits of the hooks; set only if the whole list is valid
 *
 * Return: 0 or -EINVAL.
 */
int nfl_hook_parse(const char *text, u32 *hooks)
{
	u32 found = 0;

	if (!kstrtou32(text, 0, &found)) {
		if (found >= BIT(NFL_HOOKS))
			return -EINVAL;
		*hooks = found;
		return 0;
	}
	while (*text) {
		const size_t length = strcspn(text, ",");
		const int hook = parse_name(text, length);

		if (hook < 0)
			return hook;
		found |= BIT(hook);
		text += length;
		if (*text && !*++text)	/* a trailing comma */
			return -EINVAL;
	}
	*hooks = found;
	return 0;
}

/**
 * nfl_hook_names() - print the names of hooks, separated by commas
 * @hooks: the bits of the hooks
 * @text: the buffer; empty for no hooks
 * @size: the size of the buffer
 *
 * Return: the length.
 */
int nfl_hook_names(u32 hooks, char *text, size_t size)
{
	unsigned long bits = hooks;
	unsigned int hook;
	int length = 0;

	text[0] = '\0';
	for_each_set_bit(hook, &bits, NFL_HOOKS)
		length += scnprintf(text + length, size - length, "%s%s", length ? "," : "",
				    hook_names[hook]);
	return length;
}
