// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sysctls net.netflow.* of a namespace, generated from the table of settings.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat/compat.h"
#include "control/settings.h"
#include "control/sysctl.h"
#include "instance.h"

/* Longest value: a text with a newline in place of the terminating zero. */
#define TEXT_MAX	(NFL_TEXT_MAX + 1)

/*
 * The C library writes a long text in pieces of this size, and a last one. A piece of a
 * multiple of it that has no newline at its end is kept until the next one has come, if the
 * setting may be longer.
 */
#define PIECE		1024

/*
 * Add what is written at this position to the pieces before it. Returns 1 if the text is
 * complete, 0 if more is to come, or a negative error; then nothing is kept.
 */
static int piece_add(struct nfl_pieces *pieces, const struct nfl_setting *setting,
		     const char *buffer, size_t length, loff_t position)
{
	const bool follows = pieces->of == setting && position == pieces->length &&
			     pieces->writer == task_tgid_nr(current);

	pieces->of = NULL;
	if (position && !follows)
		return -EINVAL;
	if (!position)
		pieces->length = 0;
	if (pieces->length + length > TEXT_MAX || strnlen(buffer, length) < length)
		return -EINVAL;
	if (!pieces->text)
		pieces->text = kvzalloc(TEXT_MAX + 1, GFP_KERNEL);
	if (!pieces->text)
		return -ENOMEM;
	memcpy(pieces->text + pieces->length, buffer, length);
	pieces->length += length;
	pieces->text[pieces->length] = '\0';
	if (setting->size <= PIECE || length % PIECE || buffer[length - 1] == '\n')
		return 1;
	pieces->of = setting;
	pieces->writer = task_tgid_nr(current);
	return 0;
}

static int write_setting(const struct nfl_setting *setting, struct nfl_net *nn,
			 const char *buffer, size_t length, loff_t *position)
{
	struct nfl_pieces *pieces = &nn->sysctl_pieces;
	char *text = NULL;
	int err;

	/* a write of 0 octets does not set an empty value */
	if (!length)
		return 0;
	mutex_lock(&pieces->lock);
	err = piece_add(pieces, setting, buffer, length, *position);
	if (err) {
		/* the text leaves, so that the lock is not held while it is put to work */
		text = pieces->text;
		pieces->text = NULL;
	}
	mutex_unlock(&pieces->lock);
	if (err > 0)
		err = nfl_setting_write(setting, nn, text);
	kvfree(text);
	if (!err)
		*position += length;
	return err;
}

/* @buffer is a kernel buffer; written data have a terminating zero. */
static int handler(nfl_ctl_table *table, int write, void *buffer, size_t *length, loff_t *position)
{
	const struct nfl_setting *setting = table->extra1;
	struct nfl_net *nn = table->extra2;
	struct ctl_table string;
	char *text;
	int err;

	if (write)
		return write_setting(setting, nn, buffer, *length, position);
	text = kvzalloc(TEXT_MAX + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	string = (struct ctl_table) { .data = text, .maxlen = TEXT_MAX };
	/* proc_dostring() adds the newline itself */
	text[nfl_setting_read(setting, nn, text, TEXT_MAX) - 1] = '\0';
	err = proc_dostring(&string, 0, buffer, length, position);
	kvfree(text);
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

	mutex_init(&nn->sysctl_pieces.lock);
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
	kvfree(nn->sysctl_pieces.text);
	nn->sysctl_pieces.text = NULL;
}
