#pragma once

#include <string>

#include "storage/connection.h"

namespace revisitd::storage {

// Writes a consistent, compact copy of the database to a new file of mode 0600, durable when this
// returns. The file appears under its name only once it is whole. Throws StoreError: `unsafe` where
// something is there already.
void copy_database(Connection& connection, const std::string& path);

}  // namespace revisitd::storage
