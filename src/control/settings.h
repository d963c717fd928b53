/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of settings: how each is written, put to work and read.
 */
#ifndef NFL_CONTROL_SETTINGS_H
#define NFL_CONTROL_SETTINGS_H

#include "base/config.h"

struct nfl_net;

/**
 * struct nfl_setting - a line of the table of settings
 * @name: the parameter's name
 * @sysctl: the sysctl's name, NULL if there is none
 * @form: what it is and what it accepts, for people
 * @least: a number's least value
 * @most: its largest
 * @size: a text's room, its end included
 * @offset: where in struct nfl_config it is
 * @write: take a value; @nn is NULL when modprobe gives parameters, and the
 *	value then is for the first namespace to start with
 * @apply: what else a number needs, see apply.h
 * @take: puts a text to work, see apply.h
 * @waits: for RTNL or for CPUs, so a value is taken without nfl_net.lock
 * @is_command: it stores no value, and waits for collectors, so no lock is held
 * @read: show it, as the kernel's parameters are shown; returns the length
 */
struct nfl_setting {
	const char *name;
	const char *sysctl;
	const char *form;
	s64 least;
	s64 most;
	size_t size;
	size_t offset;
	int (*write)(const struct nfl_setting *setting, struct nfl_net *nn,
		     struct nfl_config *config, const char *text);
	int (*read)(const struct nfl_setting *setting, const struct nfl_config *config, char *text,
		    size_t size);
	int (*apply)(struct nfl_net *nn, u32 old, u32 new);
	int (*take)(struct nfl_net *nn, char *text, size_t size);
	bool waits;
	bool is_command;
};

extern const struct nfl_setting nfl_settings[];
extern const unsigned int nfl_settings_count;

void nfl_config_init(struct nfl_config *config, bool first);
void nfl_config_ready(bool ready);
struct nfl_net *nfl_config_first(void);
int nfl_setting_write(const struct nfl_setting *setting, struct nfl_net *nn, const char *text);
int nfl_setting_read(const struct nfl_setting *setting, struct nfl_net *nn, char *text,
		     size_t size);

#endif /* NFL_CONTROL_SETTINGS_H */
