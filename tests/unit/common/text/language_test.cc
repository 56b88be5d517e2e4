#include "common/text/language.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr char kRussian[] =
    "Смотритель маяка проснулся рано и увидел, что море за ночь стало тихим. Это был первый "
    "спокойный день с начала осени, и рыбаки уже выводили лодки из гавани.";
constexpr char kUkrainian[] =
    "Доглядач маяка прокинувся рано й побачив, що море за ніч стало тихим. Це був перший "
    "спокійний день від початку осені, і рибалки вже виводили човни з гавані.";
constexpr char kBelarusian[] =
    "Наглядчык маяка прачнуўся рана і ўбачыў, што мора за ноч стала ціхім. Гэта быў першы "
    "спакойны дзень ад пачатку восені, і рыбакі ўжо выводзілі лодкі з гавані.";
constexpr char kBulgarian[] =
    "Пазачът на фара се събуди рано и видя, че морето през нощта е станало тихо. Това беше "
    "първият спокоен ден от началото на есента и рибарите вече извеждаха лодките си.";
constexpr char kSerbian[] =
    "Чувар светионика пробудио се рано и видео да је море преко ноћи постало мирно. Био је то "
    "први тих дан од почетка јесени, и рибари су већ изводили чамце из луке.";
constexpr char kMacedonian[] =
    "Чуварот на светилникот се разбуди рано и виде дека морето преку ноќта станало мирно. Тоа "
    "беше првиот тивок ден од почетокот на есента, а рибарите веќе ги вадеа чамците. Ќе врне, "
    "рече тој, и ѕвездите се сокрија.";

std::string Of(const std::vector<std::string>& languages) {
  return languages.size() == 1 ? languages[0] : std::to_string(languages.size());
}

TEST(Language, TagsAreOfAClosedSet) {
  EXPECT_EQ(GuessableLanguage("zh-TW"), "zh");
  EXPECT_EQ(GuessableLanguage("EN_us"), "en");
  EXPECT_EQ(GuessableLanguage("es-419"), "es");
  EXPECT_EQ(GuessableLanguage("de-1996"), "de");
  EXPECT_EQ(GuessableLanguage("sr-Cyrl-RS"), "sr");
  for (const char* other : {"", "English", "sv", "zho", "-zh", "zh-Hant", "sr-Latn", "zh-yue"}) {
    EXPECT_EQ(GuessableLanguage(other), std::nullopt) << other;
  }
  EXPECT_THAT(GuessableLanguages(),
              ElementsAre("ar", "be", "bg", "de", "el", "en", "es", "fr", "hi", "it", "ja", "ko",
                          "mk", "nl", "pt", "ru", "sr", "uk", "zh"));
}

TEST(Language, CyrillicLanguagesAreToldByTheirLetters) {
  EXPECT_EQ(Of(GuessLanguage(kRussian)), "ru");
  EXPECT_EQ(Of(GuessLanguage(kUkrainian)), "uk");
  EXPECT_EQ(Of(GuessLanguage(kBelarusian)), "be");
  EXPECT_EQ(Of(GuessLanguage(kBulgarian)), "bg");
  EXPECT_EQ(Of(GuessLanguage(kSerbian)), "sr");
  EXPECT_EQ(Of(GuessLanguage(kMacedonian)), "mk");
}

TEST(Language, CyrillicThatIsNoneOfThemIsNotToldAndNothingElse) {
  const std::string mixed = std::string(kRussian) + kUkrainian;
  for (const std::string& text :
       {std::string("Маяк әлі жанып тұр, бірақ теңіз түнде тынышталды, балықшылар қайықтарын "
                    "шығарып жатыр, бұл күздің алғашқы тыныш күні еді."),             // Kazakh
        std::string("Гэрэл зургийн хэмжээ их өндөр бөгөөд энэ нь маш үнэтэй байв."),  // Mongolian
        std::string("Дом у моря."), mixed}) {
    const std::vector<std::string> guess = GuessLanguage(text);
    EXPECT_GT(guess.size(), 1u) << text;
    EXPECT_THAT(guess, Contains("ru"));
    EXPECT_THAT(guess, Not(Contains("en")));
  }
}

TEST(Language, LatinLanguagesAreToldByTheirFrequentWords) {
  EXPECT_EQ(Of(GuessLanguage("The keeper woke early and saw that the sea was calm with the first "
                             "light of the day.")),
            "en");
  EXPECT_EQ(Of(GuessLanguage("Der Wärter wachte früh auf und sah, dass das Meer ruhig war. Es ist "
                             "der erste stille Tag, und die Fischer sind nicht mehr im Hafen.")),
            "de");
  EXPECT_EQ(Of(GuessLanguage("Le gardien du phare se réveilla tôt et vit que la mer était calme. "
                             "C'est le premier jour tranquille pour les pêcheurs qui sortent.")),
            "fr");
  EXPECT_EQ(Of(GuessLanguage("El guardián del faro se despertó temprano y vio que el mar estaba "
                             "en calma. Es el primer día tranquilo para los pescadores.")),
            "es");
  EXPECT_EQ(Of(GuessLanguage("Il guardiano del faro si svegliò presto e vide che il mare non era "
                             "mosso. È una giornata tranquilla per gli uomini che vanno con le "
                             "barche.")),
            "it");
  EXPECT_EQ(Of(GuessLanguage("O guarda do farol acordou cedo e viu que o mar não estava agitado. "
                             "É o primeiro dia calmo para os pescadores da vila.")),
            "pt");
  EXPECT_EQ(Of(GuessLanguage("De wachter van het licht werd vroeg wakker en zag dat het water niet "
                             "meer bewoog. Het is een rustige dag voor de vissers.")),
            "nl");
}

// Each was taken for one of the seven by a few words that it shares with it.
TEST(Language, OtherLatinLanguagesAreNotTakenForOneOfThem) {
  for (const char* text : {
           // Swedish, Danish, Polish, Czech, Indonesian
           "Fyrvaktaren vaknade tidigt och såg att havet var lugnt. Det var en av de första "
           "dagarna "
           "i höst, och de som fiskar var redan på väg ut.",
           "Fyrpasseren vågnede tidligt og så, at havet var stille. Det var en af de første dage i "
           "den måned, og de andre var for længst sejlet ud.",
           "Latarnik obudził się wcześnie i zobaczył, że o świcie morze było spokojne. Rybacy szli "
           "do łodzi, a on do pracy, o której nikt nie mówi.",
           "Strážce majáku se probudil brzy a o půlnoci šel do přístavu, kde se mluvilo o moři a o "
           "lodích, které se vrátí do rána.",
           "Penjaga mercusuar bangun pagi di pulau itu dan melihat laut di depan rumah tenang, dan "
           "para nelayan di pelabuhan sudah pergi.",
           // Catalan, Galician, Afrikaans, West Frisian, Low German, Latin
           "El guardià del far es va despertar d'hora i va veure que el mar era tranquil. És el "
           "primer dia de calma per als pescadors i els mariners que surten amb les barques.",
           "O garda do faro espertou cedo e viu que o mar non estaba bravo. É o primeiro día de "
           "calma para os mariñeiros da vila, e unha barca saíu coa luz do día.",
           "Die wagter van die vuurtoring het vroeg wakker geword en gesien dat die see nie meer "
           "onrustig was nie. Dit is die eerste stil dag vir die vissers van die dorp.",
           "De wachter fan de toer waard betiid wekker en seach dat de see net mear ûnrêstich wie. "
           "It is de earste stille dei foar de fiskers yn it doarp.",
           "De Wachter op den Toorn is fröh opwaakt un hett sehn, dat dat Water nich mehr bewegt "
           "is. Dat is de eerste Dag för de Fischers un ehr Lüüd.",
           "Custos turris mane surrexit et vidit mare tranquillum esse. Primus dies est quo nautae "
           "qui in portu sunt ad piscandum exeunt, sed non omnes cum navibus et retibus.",
       }) {
    EXPECT_GT(GuessLanguage(text).size(), 1u) << text;
    EXPECT_THAT(GuessLanguage(text), Not(Contains("ru")));
  }
  EXPECT_THAT(GuessLanguage("the the der der"), Contains("en")) << "even";
}

TEST(Language, ScriptsOfSeveralLanguages) {
  EXPECT_EQ(Of(GuessLanguage("استيقظ حارس المنارة مبكرا ورأى أن البحر هادئ، وكان الصيادون قد "
                             "خرجوا من الميناء في الصباح.")),
            "ar");
  const std::vector<std::string> persian = GuessLanguage(
      "نگهبان فانوس دریایی زود بیدار شد و دید که دریا آرام است و ماهیگیران با "
      "قایق‌های "
      "خود "
      "به "
      "آب "
      "زده‌اند.");
  EXPECT_THAT(persian, Contains("fa"));
  EXPECT_THAT(persian, Not(Contains("ar")));
  EXPECT_EQ(Of(GuessLanguage("रखवाला जल्दी उठा और उसने देखा कि समुद्र शांत है। "
                             "बंदरगाह में मछुआरे नावें निकाल रहे थे।")),
            "hi");
  EXPECT_GT(GuessLanguage("दीपगृहाचा रखवालदार लवकर उठला आणि त्याने पाहिले की समुद्र शांत आहे. कोळी "
                          "बंदरातून निघाले आहेत.")
                .size(),
            1u);
  const std::string thai = "ผู้ดูแลประภาคารตื่นแต่เช้า เขาเห็นทะเลสงบนิ่งและ";
  EXPECT_EQ(Of(GuessLanguage(thai + " The name of the boat is known.")), "mis");
  EXPECT_EQ(Of(GuessLanguage("サーバーのメンテナンスを行います。")), "ja");
  EXPECT_EQ(Of(GuessLanguage("灯台守は早く起きて、海が静かなのを見た。")), "ja");
  EXPECT_EQ(Of(GuessLanguage("守塔人很早就醒了，看见大海十分平静。")), "zh");
  EXPECT_THAT(GuessLanguage("東京都"), ElementsAre("ja", "zh"));
  EXPECT_EQ(Of(GuessLanguage("등대지기는 일찍 일어나 바다가 잔잔한 것을 보았다.")), "ko");
  EXPECT_EQ(Of(GuessLanguage("Ο φύλακας του φάρου ξύπνησε νωρίς και είδε ήρεμη θάλασσα.")), "el");
}

TEST(Language, WhatIsMixedIsNotTold) {
  const std::string english = "The keeper woke early and saw that the sea was calm.";
  EXPECT_EQ(Of(GuessLanguage(english + " 今天天气很好")), "en");
  EXPECT_THAT(GuessLanguage(english + " 守塔人很早就醒了，看见大海十分平静，渔民已经出海。"),
              IsEmpty());
  EXPECT_THAT(GuessLanguage("auto f = std::vector(); // 守塔人很早就醒了，看见大海"), IsEmpty());
  EXPECT_EQ(Of(GuessLanguage(english + " α + β = γ, δ, ε, ζ, η, θ, ι, κ")), "en");
  EXPECT_THAT(GuessLanguage("12 34 56"), IsEmpty());
}

}  // namespace
}  // namespace assay
