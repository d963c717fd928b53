/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of interfaces and of protocols.
 */
#ifndef PROGRAMS_NAMES_H
#define PROGRAMS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

void interface_names_read(void);
const char *interface_name(uint32_t index);
const char *protocol_name(uint8_t number);
bool protocol_number(const char *name, uint8_t *number);

#endif /* PROGRAMS_NAMES_H */
