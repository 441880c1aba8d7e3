#include "collectors/git_library.h"

#include <dlfcn.h>

#include <string>

namespace revisitd::collectors {
namespace {

Result<GitLibrary> load() {
  const std::string name = "libgit2.so." LIBGIT2_SOVERSION;
  void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return Error{
        name + " cannot be loaded (Debian package libgit2-" LIBGIT2_SOVERSION "): " + ::dlerror()};
  }
  GitLibrary git{};
  std::string missing;
  const auto find = [&](auto& function, const char* symbol) {
    void* found = ::dlsym(library, symbol);
    if (found == nullptr) missing = symbol;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(found);
  };
  find(git.init, "git_libgit2_init");
  find(git.opts, "git_libgit2_opts");
  find(git.error_last, "git_error_last");
  find(git.repository_open_ext, "git_repository_open_ext");
  find(git.repository_free, "git_repository_free");
  find(git.repository_odb, "git_repository_odb");
  find(git.repository_head_unborn, "git_repository_head_unborn");
  find(git.reference_name_to_id, "git_reference_name_to_id");
  find(git.odb_read, "git_odb_read");
  find(git.odb_free, "git_odb_free");
  find(git.odb_object_data, "git_odb_object_data");
  find(git.odb_object_size, "git_odb_object_size");
  find(git.odb_object_type, "git_odb_object_type");
  find(git.odb_object_free, "git_odb_object_free");
  find(git.mailmap_from_repository, "git_mailmap_from_repository");
  find(git.mailmap_resolve, "git_mailmap_resolve");
  find(git.mailmap_free, "git_mailmap_free");
  if (!missing.empty()) return Error{name + " has no " + missing};
  if (git.init() < 0) return Error{name + " cannot be set up"};
  // Clones belong to whoever fetches them, and nothing of what a repository configures is run here;
  // neither are the user's or the system's settings any of our business.
  git.opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
                          GIT_CONFIG_LEVEL_PROGRAMDATA}) {
    git.opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
  // Objects are read once and kept by the reader as long as they are of use. Hashing each of them
  // again takes half of the time and proves only what `git fsck` is for.
  git.opts(GIT_OPT_ENABLE_CACHING, 0);
  git.opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
  return git;
}

}  // namespace

Result<const GitLibrary*> git_library() {
  // Never destroyed: a reader's thread may outlive main().
  static const auto& library = *new Result<GitLibrary>(load());
  if (!library) return library.error();
  return &*library;
}

}  // namespace revisitd::collectors
