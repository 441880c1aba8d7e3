#include "daemon/version.h"

#include <elf.h>
#include <link.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#ifndef REVISITD_VERSION
#error "the build defines REVISITD_VERSION"
#endif

namespace revisitd::daemon {
namespace {

// Of the notes in a segment, what the one of the build says; nothing when it is not among them.
std::string_view build_note(std::string_view notes) {
  constexpr std::string_view kOwner("GNU\0", 4);
  const auto padded = [](std::size_t size) { return (size + 3) / 4 * 4; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes.data(), sizeof head);
    notes.remove_prefix(sizeof head);
    const std::size_t name = padded(head.n_namesz);
    const std::size_t whole = name + padded(head.n_descsz);
    if (whole > notes.size()) break;
    if (head.n_type == NT_GNU_BUILD_ID && notes.substr(0, head.n_namesz) == kOwner)
      return notes.substr(name, head.n_descsz);
    notes.remove_prefix(whole);
  }
  return {};
}

// The first object is the program itself; then it is enough.
int read_build_note(dl_phdr_info* object, std::size_t, void* into) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* notes =
        reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);  // as it is loaded
    const std::string_view note = build_note({notes, segment.p_memsz});
    if (!note.empty()) static_cast<std::string*>(into)->assign(note);
  }
  return 1;
}

}  // namespace

BuildInfo build_info() {
#if defined(__clang__)
  const std::string compiler = "clang " __clang_version__;
#else
  const std::string compiler = "gcc " __VERSION__;
#endif
  return {.version = REVISITD_VERSION,
          .revision = REVISITD_REVISION,
          .compiler = compiler.substr(0, compiler.find_last_not_of(' ') + 1),
          .build_type = REVISITD_BUILD_TYPE};
}

std::string version_text() {
  const BuildInfo build = build_info();
  return "revisitd, version " + build.version + " (revision: " + build.revision +
         ")\n  build type: " + build.build_type + "\n  compiler:   " + build.compiler;
}

std::string build_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string note, text;
  ::dl_iterate_phdr(read_build_note, &note);
  for (const char byte : note) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

}  // namespace revisitd::daemon
