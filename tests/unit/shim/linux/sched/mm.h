/* SPDX-License-Identifier: GPL-2.0-only */
#define memalloc_nofs_save()		0U
#define memalloc_nofs_restore(flags)	((void)(flags))
