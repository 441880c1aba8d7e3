#pragma once

#include <git2.h>

#include "rules/result.h"

namespace revisitd::collectors {

// The functions of libgit2 that are called, from the library that is loaded when the first
// repository is read. Linking it would cost every start 15 ms and a megabyte, for it brings TLS,
// SSH and Kerberos along, and most who run revisitd read no repository; nothing of these is used.
struct GitLibrary {
  decltype(&::git_libgit2_init) init;
  decltype(&::git_libgit2_opts) opts;
  decltype(&::git_error_last) error_last;
  decltype(&::git_repository_open_ext) repository_open_ext;
  decltype(&::git_repository_free) repository_free;
  decltype(&::git_repository_odb) repository_odb;
  decltype(&::git_repository_head_unborn) repository_head_unborn;
  decltype(&::git_reference_name_to_id) reference_name_to_id;
  decltype(&::git_odb_read) odb_read;
  decltype(&::git_odb_free) odb_free;
  decltype(&::git_odb_object_data) odb_object_data;
  decltype(&::git_odb_object_size) odb_object_size;
  decltype(&::git_odb_object_type) odb_object_type;
  decltype(&::git_odb_object_free) odb_object_free;
  decltype(&::git_mailmap_from_repository) mailmap_from_repository;
  decltype(&::git_mailmap_resolve) mailmap_resolve;
  decltype(&::git_mailmap_free) mailmap_free;
};

// Loaded and set up at the first call, for good. From any thread.
Result<const GitLibrary*> git_library();

}  // namespace revisitd::collectors
