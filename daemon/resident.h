#pragma once

namespace revisitd::daemon {

// Gives back what the start took and the daemon will not look at again: freed memory, and the code
// and constants of the program and its libraries, which the system keeps in its cache and maps
// again where they are used.
void forget_the_start();

// Threads that begin to allocate from now on have a heap of their own, as long as none has done so
// before. A second heap costs 0.2 MiB; with one, threads that build thousands of small things at
// once wait for each other.
void allow_own_heaps();

}  // namespace revisitd::daemon
