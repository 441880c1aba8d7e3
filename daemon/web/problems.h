#pragma once

#include "daemon/web/html.h"
#include "daemon/web/router.h"
#include "storage/store.h"

// What a person has to mend, on top of the status page.
namespace revisitd::daemon::web {

// Empty when nothing is wrong.
Html problems_panel(const Call& call, const storage::StoreStats& store);

// The finding with its line and caret.
Html diagnostic_block(const Diagnostic& diagnostic);

}  // namespace revisitd::daemon::web
