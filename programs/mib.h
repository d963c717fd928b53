/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPT-NETFLOW-MIB as objects of an SNMP agent.
 */
#ifndef PROGRAMS_MIB_H
#define PROGRAMS_MIB_H

#include <stdbool.h>

/**
 * struct mib - the sources of the objects
 * @statistics: directory of the module's statistics
 * @settings: directory of the module's settings
 * @module: directory of the module in /sys/module
 * @writable: settings can be set by SNMP
 */
struct mib {
	const char *statistics;
	const char *settings;
	const char *module;
	bool writable;
};

void mib_register(const struct mib *mib);

#endif /* PROGRAMS_MIB_H */
