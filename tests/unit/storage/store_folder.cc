#include "tests/unit/storage/store_folder.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace revisitd::storage {
namespace {

namespace fs = std::filesystem;

void append(std::string& line, const std::string& word) {
  line += (line.empty() ? "" : " ") + word;
}

std::string number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

// In memory where there is such a place: the tests open thousands of stores, and a disk is slow to
// say that it has synced one.
StoreFolder::StoreFolder() {
  const fs::path memory = "/dev/shm";
  const bool usable = ::access(memory.c_str(), W_OK | X_OK) == 0;
  std::string name = ((usable ? memory : fs::temp_directory_path()) / "revisitd-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

StoreFolder::~StoreFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::unique_ptr<Store> StoreFolder::open() const {
  return open_store({.directory = path_, .lock_wait = Duration::zero()});
}

void StoreFolder::with_store(const std::function<void(Store&)>& work) const { work(*open()); }

void StoreFolder::with_killed_store(const std::function<void(Store&)>& work) const {
  const int code = in_child([&] {
    work(*open().release());
    return 0;
  });
  if (code != 0) throw std::runtime_error("the child ended with " + std::to_string(code));
}

void StoreFolder::tamper(const std::string& statements) const {
  sqlite3* handle = nullptr;
  std::string why;
  if (sqlite3_open_v2(database().c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK ||
      sqlite3_exec(handle, statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    why = sqlite3_errmsg(handle);
  }
  sqlite3_close(handle);
  if (!why.empty()) throw std::runtime_error(why);
}

std::string StoreFolder::read(const std::string& name) const {
  std::ifstream file(*this / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void StoreFolder::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(*this / name, std::ios::binary) << bytes;
  ::chmod((*this / name).c_str(), 0600);
}

bool StoreFolder::holds(const std::string& name) const { return fs::exists(*this / name); }

int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = work();
    } catch (const std::exception&) {
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

StateRow state(std::string key, std::string value) {
  return {"decision", std::move(key), std::move(value)};
}

TrailRow happened(std::string type, std::string service, std::int64_t at) {
  TrailRow row;
  row.type = std::move(type);
  row.service = std::move(service);
  row.at = from_millis(at);
  row.body = "{}";
  return row;
}

DeliveryRow delivery(std::string id, DeliveryState state) {
  DeliveryRow row;
  row.id = std::move(id);
  row.receiver = "hook";
  row.type = "revisit.opened";
  row.body = "{}";
  row.state = state;
  if (state != DeliveryState::pending) row.finished = from_millis(1000);
  return row;
}

SlotRow slot(std::int64_t index, double value) {
  return {"checkout", "rps", std::chrono::seconds(1), index, rules::SlotValue::exact(value)};
}

std::vector<SlotRow> slots(std::int64_t first, std::int64_t last, double value) {
  std::vector<SlotRow> rows;
  for (std::int64_t index = first; index < last; ++index) rows.push_back(slot(index, value));
  return rows;
}

std::string states_of(Store& store) {
  std::string line;
  for (const StateRow& row : store.load("decision")) append(line, row.key + "=" + row.value);
  return line;
}

std::string trail_of(Store& store, const TrailQuery& query) {
  std::string line;
  for (const TrailRow& row : store.trail(query)) {
    append(line, std::to_string(row.sequence) + " " + row.type + " " + row.service);
  }
  return line;
}

std::string deliveries_of(Store& store, const DeliveryQuery& query) {
  std::string line;
  for (const DeliveryRow& row : store.deliveries(query)) {
    append(line, row.id + ":" + std::string(delivery_state_name(row.state)));
  }
  return line;
}

std::string slots_of(Store& store, std::int64_t first, std::int64_t last) {
  std::string line;
  for (const IndexedValue& found :
       store.read_slots("checkout", "rps", std::chrono::seconds(1), first, last)) {
    append(line, std::to_string(found.index) + "=" + number(found.value.value));
  }
  return line;
}

std::string trouble_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const StoreError& error) {
    return store_trouble_name(error.trouble());
  }
  return "none";
}

std::string refusal_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const StoreError& error) {
    return error.what();
  }
  return "";
}

}  // namespace revisitd::storage
