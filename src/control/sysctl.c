// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sysctls net.netflow.* of a namespace, generated from the table of settings.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat/compat.h"
#include "control/settings.h"
#include "control/sysctl.h"
#include "instance.h"

/* Longest value: a text with a newline in place of the terminating zero. */
#define TEXT_MAX	(NFL_TEXT_MAX + 1)

/* @buffer is a kernel buffer; written data have a terminating zero. */
static int handler(nfl_ctl_table *table, int write, void *buffer, size_t *length, loff_t *position)
{
	const struct nfl_setting *setting = table->extra1;
	struct nfl_net *nn = table->extra2;
	struct ctl_table string;
	char *text;
	int err;

	text = kzalloc(TEXT_MAX + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	string = (struct ctl_table) { .data = text, .maxlen = TEXT_MAX };

	if (write) {
		/* a value that is written in several pieces is rejected */
		if (*position || *length > TEXT_MAX || strnlen(buffer, *length) < *length) {
			err = -EINVAL;
			goto out;
		}
		err = 0;
		/* a write of 0 octets does not set an empty value */
		if (!*length)
			goto out;
		memcpy(text, buffer, *length);
		err = nfl_setting_write(setting, nn, text);
		if (!err)
			*position += *length;
	} else {
		/* proc_dostring() adds the newline itself */
		text[nfl_setting_read(setting, nn, text, TEXT_MAX) - 1] = '\0';
		err = proc_dostring(&string, 0, buffer, length, position);
	}
out:
	kfree(text);
	return err;
}

/**
 * nfl_sysctl_register() - register a namespace's sysctls
 * @nn: the namespace, with initialised settings
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_sysctl_register(struct nfl_net *nn)
{
	struct ctl_table *table;
	unsigned int i, n = 0;

	/* one more entry, all zero: older kernels need it at the end of the table */
	table = kcalloc(nfl_settings_count + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < nfl_settings_count; i++) {
		if (!nfl_settings[i].sysctl)
			continue;
		table[n].procname = nfl_settings[i].sysctl;
		table[n].mode = 0644;
		table[n].maxlen = TEXT_MAX;
		table[n].proc_handler = handler;
		table[n].extra1 = (void *)&nfl_settings[i];
		table[n].extra2 = nn;
		n++;
	}
	nn->sysctl = register_net_sysctl_sz(nn->net, "net/netflow", table, n);
	if (!nn->sysctl) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * nfl_sysctl_unregister() - undo nfl_sysctl_register(); waits for users
 * @nn: the namespace
 */
void nfl_sysctl_unregister(struct nfl_net *nn)
{
	const struct ctl_table *table;

	if (!nn->sysctl)
		return;
	table = nn->sysctl->ctl_table_arg;
	unregister_net_sysctl_table(nn->sysctl);
	nn->sysctl = NULL;
	kfree(table);
}
