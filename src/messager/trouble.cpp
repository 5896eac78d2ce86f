#include "trouble.hpp"

#include <algorithm>
#include <array>

#include <mysqld_error.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace nelumbo::messager {

namespace {

// Numbers of MySQL and MariaDB that one of the two headers lacks.
constexpr unsigned kServerLostExtended = 2055;      // CR_SERVER_LOST_EXTENDED
constexpr unsigned kConnectionKilled = 1927;        // MariaDB ER_CONNECTION_KILLED
constexpr unsigned kOfflineMode = 3032;             // MySQL ER_SERVER_OFFLINE_MODE
constexpr unsigned kIdleDisconnect = 4031;          // MySQL ER_CLIENT_INTERACTION_TIMEOUT
constexpr unsigned kGaleraNotReady = 1047;          // ER_UNKNOWN_COM_ERROR: a node that is not synced
constexpr unsigned kReadOnlyMode = 1836;            // ER_READ_ONLY_MODE
constexpr unsigned kErrorDuringCommit = 1180;       // ER_ERROR_DURING_COMMIT
constexpr unsigned kAccessDeniedNoPassword = 1698;  // ER_ACCESS_DENIED_NO_PASSWORD_ERROR

template <size_t N>
bool one_of(unsigned number, const std::array<unsigned, N>& list) {
  return std::find(list.begin(), list.end(), number) != list.end();
}

/// The server is not there, is going or coming, or takes no more connections: a new one is needed.
constexpr std::array kLost = {unsigned{CR_CONNECTION_ERROR},
                              unsigned{CR_CONN_HOST_ERROR},
                              unsigned{CR_UNKNOWN_HOST},
                              unsigned{CR_SERVER_GONE_ERROR},
                              unsigned{CR_SERVER_LOST},
                              unsigned{CR_MALFORMED_PACKET},
                              unsigned{CR_SERVER_HANDSHAKE_ERR},
                              unsigned{CR_COMMANDS_OUT_OF_SYNC},
                              kServerLostExtended,
                              kConnectionKilled,
                              kOfflineMode,
                              kIdleDisconnect,
                              kGaleraNotReady,
                              unsigned{ER_SERVER_SHUTDOWN},
                              unsigned{ER_NORMAL_SHUTDOWN},
                              unsigned{ER_ABORTING_CONNECTION},
                              unsigned{ER_NEW_ABORTING_CONNECTION},
                              unsigned{ER_NET_READ_ERROR},
                              unsigned{ER_NET_READ_INTERRUPTED},
                              unsigned{ER_NET_ERROR_ON_WRITE},
                              unsigned{ER_NET_WRITE_INTERRUPTED},
                              unsigned{ER_CON_COUNT_ERROR},
                              unsigned{ER_TOO_MANY_USER_CONNECTIONS},
                              unsigned{ER_QUERY_INTERRUPTED}};
/// The transaction failed, and the same may pass the next time.
constexpr std::array kAgain = {unsigned{ER_LOCK_DEADLOCK},
                               unsigned{ER_LOCK_WAIT_TIMEOUT},
                               unsigned{ER_OPTION_PREVENTS_STATEMENT},
                               kReadOnlyMode,
                               kErrorDuringCommit,
                               unsigned{ER_CHECKREAD},
                               unsigned{ER_DISK_FULL},
                               unsigned{ER_RECORD_FILE_FULL}};
constexpr std::array kRefused = {unsigned{ER_ACCESS_DENIED_ERROR},
                                 unsigned{ER_DBACCESS_DENIED_ERROR},
                                 kAccessDeniedNoPassword,
                                 unsigned{ER_HOST_NOT_PRIVILEGED},
                                 unsigned{ER_TABLEACCESS_DENIED_ERROR},
                                 unsigned{ER_COLUMNACCESS_DENIED_ERROR},
                                 unsigned{ER_SPECIFIC_ACCESS_DENIED_ERROR}};
constexpr std::array kTwice = {unsigned{ER_DUP_ENTRY}, unsigned{ER_DUP_ENTRY_WITH_KEY_NAME}};

Trouble of_mysql(unsigned number, std::string text) {
  text = fmt::format("{} (error {})", text, number);
  if (one_of(number, kLost)) return {ErrorCode::unavailable, true, true, std::move(text)};
  if (one_of(number, kAgain)) return {ErrorCode::unavailable, true, false, std::move(text)};
  if (one_of(number, kRefused)) return {ErrorCode::permission, false, false, std::move(text)};
  if (one_of(number, kTwice)) return {ErrorCode::exists, false, false, std::move(text)};
  if (number == ER_BAD_DB_ERROR) return {ErrorCode::not_found, false, false, std::move(text)};
  // What is left of the client's own numbers (2000 to 2999) is settings: TLS, plugins, protocol.
  if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) return {ErrorCode::invalid, false, true, std::move(text)};
  return {ErrorCode::failed, false, false, std::move(text)};
}

Trouble of_sqlite(int number, std::string text) {
  // SOCI puts its own function's name in front.
  if (size_t at = text.find("::"); at != text.npos) {
    if (size_t colon = text.find(": ", at); colon != text.npos) text.erase(0, colon + 2);
  }
  switch (number & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
    case SQLITE_INTERRUPT:
    case SQLITE_FULL:
      return {ErrorCode::unavailable, true, false, std::move(text)};
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return {ErrorCode::unavailable, false, true, std::move(text)};
    case SQLITE_CONSTRAINT:
      return {ErrorCode::exists, false, false, std::move(text)};
    case SQLITE_CANTOPEN:
      return {ErrorCode::not_found, false, true, std::move(text)};
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return {ErrorCode::permission, false, true, std::move(text)};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::invalid, false, true, std::move(text)};
    default:
      return {ErrorCode::failed, false, false, std::move(text)};
  }
}

}  // namespace

Trouble trouble_of(const std::exception& error) {
  // get_error_message and not what(): the latter names the values of the statement, which may be keys.
  if (auto* mysql = dynamic_cast<const soci::mysql_soci_error*>(&error)) {
    return of_mysql(mysql->err_num_, mysql->get_error_message());
  }
  if (auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error)) {
    return of_sqlite(sqlite->result(), sqlite->get_error_message());
  }
  if (auto* soci = dynamic_cast<const soci::soci_error*>(&error)) {
    return {ErrorCode::failed, false, true, soci->get_error_message()};
  }
  return {ErrorCode::failed, false, true, error.what()};
}

}  // namespace nelumbo::messager
