#pragma once

#include "storage/connection.h"

namespace revisitd::storage {

// Makes known to statements what migrations need to read the tails of old, which had a row for
// every series and slot. Low and high are null where the value is exact.
//
//   tail_digest(grid, slot, series, value, low, high)          the digest of a row of version 2
//   tail_row(grid, slot, series, value, low, high, digest)     an aggregate: rows of version 2 with
//                                                              one TailKey as a row of version 3;
//                                                              fails where a digest is wrong
void define_old_tail(Connection& connection);

}  // namespace revisitd::storage
