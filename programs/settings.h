/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's settings (sysctls) as text.
 */
#ifndef PROGRAMS_SETTINGS_H
#define PROGRAMS_SETTINGS_H

#include <stddef.h>

#define SETTINGS_DIRECTORY	"/proc/sys/net/netflow"

/* Size of a buffer for the text of any setting. */
#define SETTING_SIZE		1100

int setting_read(const char *directory, const char *name, char text[SETTING_SIZE]);
int setting_write(const char *directory, const char *name, const char *text);

#endif /* PROGRAMS_SETTINGS_H */
