// What language.cc tells languages by. The words are among the most frequent of their language.
#pragma once

#include <array>
#include <string_view>

namespace assay {

struct CyrillicLanguage {
  const char* language;
  std::u32string_view alphabet;
  // Letters that the others of the list do not have, or hardly use, and how many of 1,000 letters
  // they are at least in a text of some length.
  std::u32string_view own;
  int own_per_mille;
  std::array<std::string_view, 12> words;
};

inline constexpr std::array<CyrillicLanguage, 6> kCyrillicLanguages = {{
    {"ru",
     U"абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
     U"ыэё",
     5,
     {"и", "в", "не", "на", "что", "с", "как", "это", "был", "его", "из", "к"}},
    {"uk",
     U"абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
     U"іїєґ",
     20,
     {"і", "й", "в", "у", "на", "не", "що", "та", "з", "до", "як", "від"}},
    {"be",
     U"абвгдеёжзійклмнопрстуўфхцчшыьэюя",
     U"ў",
     3,
     {"і", "у", "ў", "на", "не", "што", "з", "да", "як", "ад", "гэта", "за"}},
    // Its words are none of Russian, whose letters it shares.
    {"bg",
     U"абвгдежзийклмнопрстуфхцчшщъьюя",
     U"ъ",
     5,
     {"се", "са", "ще", "че", "като", "е", "към", "беше", "си", "му", "това", "след"}},
    {"sr",
     U"абвгдђежзијклљмнњопрстћуфхцчџш",
     U"ђћ",
     2,
     {"и", "у", "је", "да", "се", "на", "су", "од", "за", "не", "са", "што"}},
    {"mk",
     U"абвгдѓежзѕијклљмнњопрстќуфхцчџш",
     U"ѓќѕ",
     2,
     {"и", "на", "да", "се", "во", "од", "за", "е", "со", "не", "ќе", "што"}},
}};

// Written in Arabic letters: Persian, Kurdish, Pashto, Sindhi, Uyghur, Urdu.
inline constexpr std::array<const char*, 6> kOtherArabic = {"fa", "ku", "ps", "sd", "ug", "ur"};

// Written in Devanagari: Bhojpuri, Maithili, Marathi, Nepali, Sanskrit.
inline constexpr std::array<const char*, 5> kOtherDevanagari = {"bho", "mai", "mr", "ne", "sa"};
inline constexpr std::array<std::string_view, 8> kHindiWords = {"है",   "हैं",  "में", "और",
                                                                "नहीं", "था", "थे", "थी"};
inline constexpr std::array<std::string_view, 12> kOtherDevanagariWords = {
    "आहे", "आहेत", "आणि", "छ", "छन्", "र", "मा", "बा", "अछि", "च", "अस्ति", "इति"};

struct LatinLanguage {
  const char* language;
  std::array<std::string_view, 12> words;
  // Frequent words of relatives that are not in this table and share many of the words above.
  std::array<std::string_view, 12> of_relatives;
};

inline constexpr std::array<LatinLanguage, 7> kLatinLanguages = {{
    // Scots
    {"en",
     {"the", "and", "of", "to", "is", "that", "was", "with", "for", "it", "are", "this"},
     {"tae", "frae", "wis", "hae", "nae", "ither", "gie", "thir", "wha", "cuid", "fowk", "aw"}},
    // Low German, Luxembourgish, the dialects of the south
    {"de",
     {"der", "die", "und", "das", "ist", "nicht", "ein", "eine", "mit", "den", "auf", "sich"},
     {"un", "vun", "nich", "dat", "isch", "nöd", "nid", "ned", "ass", "vu", "uf", "vum"}},
    // Picard, Occitan, Haitian, Latin
    {"fr",
     {"le", "les", "et", "des", "est", "une", "que", "dans", "pour", "qui", "du", "pas"},
     {"ech", "dels", "amb", "eth", "nan", "yo", "ad", "cum", "sed", "quod", "ut", "ac"}},
    // Catalan, Galician, Asturian, Occitan, Aragonese
    {"es",
     {"el", "los", "y", "las", "es", "una", "que", "por", "para", "con", "del", "no"},
     {"els", "i", "amb", "per", "dels", "és", "unha", "coa", "ye", "nun", "pola", "dins"}},
    // Corsican, Sicilian, Neapolitan, Venetian, Lombard
    {"it",
     {"il", "gli", "e", "che", "una", "di", "per", "non", "con", "della", "sono", "nel"},
     {"chì", "cù", "hè", "u", "lu", "cu", "nun", "pi", "xe", "ghe", "el", "dû"}},
    // Galician, Mirandese
    {"pt",
     {"o", "os", "e", "que", "uma", "do", "da", "para", "com", "em", "não", "dos"},
     {"unha", "non", "coa", "máis", "polo", "con", "ten", "i", "l", "ye", "nun", "dua"}},
    // Afrikaans, West Frisian, Low German, Swedish, Danish
    {"nl",
     {"het", "de", "en", "een", "van", "niet", "dat", "met", "voor", "zijn", "op", "te"},
     {"nie", "vir", "hy", "fan", "yn", "foar", "un", "nich", "vun", "och", "det", "og"}},
}};

}  // namespace assay
