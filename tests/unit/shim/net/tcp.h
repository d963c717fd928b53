/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_TCP_H
#define SHIM_NET_TCP_H

#include "../kernel.h"

#define TCPHDR_FIN	0x01
#define TCPHDR_RST	0x04

#endif /* SHIM_NET_TCP_H */
