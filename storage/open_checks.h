#pragma once

#include <optional>
#include <span>

#include "storage/books.h"
#include "storage/connection.h"
#include "storage/mark_file.h"
#include "storage/schema.h"
#include "storage/storage_directory.h"

// What is looked at before a database is used. Nothing here writes, but for creating an empty file
// where there was never a database.
namespace revisitd::storage {

// Looks at the files from outside, before SQLite touches them, and makes an empty database where
// there never was one. Throws StoreError. Returns the path of the database.
std::string checked_database(const StorageDirectory& directory, const std::optional<Mark>& mark,
                             std::span<const Migration> steps);

// Looks for tables, indexes, triggers and views that none of our steps made, as a crafted schema
// could make our statements mean something else, and for those that should be there and are not.
// Throws `corrupt`.
void check_schema(Connection& connection, std::span<const Migration> steps);

// Compares the database's books with the mark beside it: whether it is the same store, whether
// changes that were durable have gone missing, and whether damage was found in it before. Throws
// `corrupt`.
void check_mark(const Connection& connection, const Books& books, const std::optional<Mark>& mark);

// Walks the database's structure; all of it where it is small or was not closed in good order, and
// everything but the slots, which carry checksums of their own, where that would take seconds.
// Throws `corrupt`.
void check_structure(Connection& connection, const std::optional<Mark>& mark);

// A connection whose wait for another process's lock ended in vain: says whose.
StoreError with_lock_holder(const StoreError& error, const std::string& path);

}  // namespace revisitd::storage
