#pragma once

#include <functional>
#include <span>

#include "storage/connection.h"
#include "storage/schema.h"
#include "storage/storage_directory.h"
#include "storage/store.h"

namespace revisitd::storage {

// The schema version in the file, 0 for one that has none yet. Throws `newer`, `foreign` or
// `corrupt` unless it is ours and no later than the last of `steps`. Nothing is written.
int checked_version(Connection& connection, std::span<const Migration> steps);

// Applies every step above the version, all in one change, so that a kill or a full disk leaves the
// old schema or the new one. A database that held something is copied first, to revisitd.db.vN;
// `on_upgrade`, if there is one, is told before that. Returns whether anything was done.
bool migrate(Connection& connection, const StorageDirectory& directory,
             std::span<const Migration> steps,
             const std::function<void(const Upgrade&)>& on_upgrade = {});

}  // namespace revisitd::storage
