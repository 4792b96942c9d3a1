// SPDX-License-Identifier: Apache-2.0
// A run that is told to stop (SIGINT, SIGTERM, SIGHUP) kills the processes that it started and
// still writes its partial report. Processes have their own group, so that a terminal's Ctrl-C
// reaches the runner alone, and the runner ends them.
#pragma once

namespace assay {

// From now on the three signals set a flag instead of ending the process; a second one ends it.
void catch_interrupts();

bool interrupted();

}  // namespace assay
