// SPDX-License-Identifier: GPL-2.0-only
/* What is asked for by the environment is a number, or the test that is asked fails. */
#include <sys/wait.h>

#include "fixture.h"

#define VARIABLE "IPCLENS_ASKED"

TEST(number)
{
	ASSERT_EQ(0, unsetenv(VARIABLE));
	EXPECT_EQ(7, asked(VARIABLE, 7));
	ASSERT_EQ(0, setenv(VARIABLE, "", 1));
	EXPECT_EQ(7, asked(VARIABLE, 7));
	ASSERT_EQ(0, setenv(VARIABLE, "12", 1));
	EXPECT_EQ(12, asked(VARIABLE, 7));
}

TEST(no_number)
{
	static const char *const bad[] = { "x", "-1", " 1", "8 s", "99999999999999999999" };
	int n, status;

	for (n = 0; n < ARRAY_SIZE(bad); n++) {
		pid_t pid = fork();

		ASSERT_GE(pid, 0);
		if (!pid) {
			setenv(VARIABLE, bad[n], 1);
			asked(VARIABLE, 7);
			_exit(0);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(1, WEXITSTATUS(status)) {
			TH_LOG("%s was taken", bad[n]);
		}
	}
}

TEST_HARNESS_MAIN
