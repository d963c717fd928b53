// SPDX-License-Identifier: GPL-2.0-only
/*
 * hungry - take memory until the kernel kills it for that
 *
 * Its own code is locked, so that it never waits for that: what the kernel finds in
 * files' pages becomes this program's for good, and memory runs out soon, also on a
 * machine that is slow to read pages again. What it takes is not: the kernel could not
 * have it back before the program has ended, and would kill another one.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP	(1 << 20)

int main(void)
{
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0 || write(fd, "1000", 4) != 4)
		err(1, "oom_score_adj");
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	for (;;) {
		void *memory = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory != MAP_FAILED)
			memset(memory, 1, STEP);
	}
}
