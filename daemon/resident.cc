#include "daemon/resident.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace revisitd::daemon {
namespace {

// Segments that nobody can write are the same as the file's; those that were written at load time
// (relocations) count as writable here.
int drop_constants(dl_phdr_info* object, std::size_t /*size*/, void* /*unused*/) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void allow_own_heaps() { ::mallopt(M_ARENA_MAX, 2); }

void forget_the_start() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(drop_constants, nullptr);
}

}  // namespace revisitd::daemon
