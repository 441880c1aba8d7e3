#pragma once

namespace revisitd::daemon {

// Gives back what the start took and the daemon will not look at again: freed memory, and the code
// and constants of the program and its libraries, which the system keeps in its cache and maps
// again where they are used.
void forget_the_start();

}  // namespace revisitd::daemon
