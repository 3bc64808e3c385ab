/** Names, phones and mails that only people may see: whatever an app stores must not contain them. */

const SURNAMES = [
  "Канарейкинская",
  "Щегловитова",
  "Снегирёвская",
  "Пеночкина-Птах",
  "Зарянкинский",
  "Свиристелева",
  "Коростелёвская",
  "Трясогузкина",
] as const;

const FIRST = ["Мария", "Пётр", "Ольга", "Илья", "Анна", "Глеб", "Вера", "Лев", "Нина"] as const;

const MAIL_DOMAIN = "kanarei-mail.example";
const PHONE_COUNT = 50;

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

export function personName(index: number): { readonly first: string; readonly last: string } {
  return { first: at(FIRST, index), last: `${at(SURNAMES, index)} ${index}` };
}

export function companyName(index: number): string {
  return `ООО ${at(SURNAMES, index)} и Ко ${index}`;
}

export function leadName(index: number): string {
  return `Заказ: ${at(SURNAMES, index)}, партия ${index}`;
}

export function phone(index: number): string {
  return `+7999${String(5_550_000 + index).padStart(7, "0")}`;
}

export function mail(index: number): string {
  return `buyer${index}@${MAIL_DOMAIN}`;
}

export function sentence(index: number): string {
  return `Разговор с ${at(SURNAMES, index)} о договоре ${index}`;
}

export function canaryNames(): string[] {
  return [
    ...SURNAMES,
    MAIL_DOMAIN,
    ...Array.from({ length: PHONE_COUNT }, (_, index) => phone(index)),
  ];
}
