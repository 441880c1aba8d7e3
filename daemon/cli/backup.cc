#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "storage/store.h"

namespace revisitd::daemon::cli {
namespace {

namespace fs = std::filesystem;

// Puts the daemon's copy where it was asked for, also onto another file system.
Status move_file(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return Ok{};
  if (errno != EXDEV) return Error{to + ": " + std::generic_category().message(errno)};
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::none, error);
  if (error) return Error{to + ": " + error.message()};
  ::chmod(to.c_str(), 0600);
  fs::remove(from, error);
  return Ok{};
}

int ask_daemon(const ClientOptions& options, const std::string& storage_path,
               const std::string& to) {
  const auto data = post_data(options, "/api/v1/backup", nlohmann::ordered_json::object());
  if (!data) {
    return complain("a daemon has the database open, and " + options.url +
                    " made no copy: " + data.error().message);
  }
  const std::string made = data->value("path", "");
  std::error_code error;
  if (!fs::equivalent(fs::path(made).parent_path().parent_path(), storage_path, error)) {
    return complain("the daemon at " + options.url +
                    " keeps another database and put its copy at " + made +
                    "; name the right one with --url");
  }
  const Status moved = move_file(made, to);
  if (!moved) return complain(moved.error().message + "; the copy is at " + made);
  std::cout << "copied to " << to << "\n";
  return kGood;
}

}  // namespace

int backup(const ClientOptions& options, const std::string& storage_path, const std::string& to) {
  if (!fs::exists(fs::path(storage_path) / "revisitd.db")) {
    return complain(storage_path + " holds no database; name the directory with --storage.path");
  }
  if (fs::exists(to)) return complain(to + " exists already; name a new file");
  try {
    const auto store = storage::open_store(
        {.directory = storage_path,
         .lock_wait = std::chrono::milliseconds(100),
         .on_upgrade = [](const storage::Upgrade& upgrade) {
           std::cerr << "revisitd: the database is of an older version and moves up; as it was it "
                        "is kept as "
                     << upgrade.copy << "\n";
         }});
    store->backup(to);
    std::cout << "copied to " << to << "\n";
    return kGood;
  } catch (const storage::StoreError& error) {
    if (error.trouble() == storage::StoreTrouble::locked)
      return ask_daemon(options, storage_path, to);
    return complain(error.what());
  }
}

}  // namespace revisitd::daemon::cli
