import { cardEn } from "./en-card.ts";
import { overviewEn } from "./en-overview.ts";
import { segmentationEn } from "./en-segmentation.ts";
import type { Texts } from "./texts.ts";

export const en: Texts = {
  page: {
    product: "Client Pulse",
    theme: "Light or dark theme",
    loading: "Loading…",
    noScript: "Switch on JavaScript to open this page.",
  },
  card: cardEn,
  overview: overviewEn,
  segmentation: segmentationEn,
  messages: {
    open_again: {
      title: "Open this page again",
      text: "The link works once and for one minute. Close this tab and open it from the CRM again.",
    },
    no_access: {
      title: "No access",
      text: "You may not see this card in the CRM, so we show nothing about it. A CRM administrator sets these rights.",
    },
    not_admin: {
      title: "An administrator is needed",
      text: "Only a CRM administrator can do this. Ask one to open this page.",
    },
    reconnect: {
      title: "Reconnect the CRM",
      text: "The CRM has withdrawn our access. An administrator only has to install the app again: data and settings are kept.",
    },
    region: {
      title: "Another region",
      text: "This server does not accept accounts of your region: data of Russian companies stays in Russia.",
    },
    not_installed: {
      title: "The app is not installed",
      text: "Install Client Pulse from your CRM's marketplace.",
    },
    setting_up: {
      title: "The app is being set up",
      text: "The installation is not finished yet. It usually takes less than a minute: open the page a little later.",
    },
    paused: {
      title: "Paused",
      text: "An administrator has stopped the exchange with the CRM. Nothing is lost: the data catches up after resuming.",
    },
    payment_required: {
      title: "The CRM plan does not allow this",
      text: "On its present plan the CRM does not answer apps. Work resumes by itself after renewal.",
    },
    crm_unavailable: {
      title: "The CRM does not answer",
      text: "We could not ask the CRM about your rights. Try again in a minute.",
    },
    connected: {
      title: "Done, the CRM is connected",
      text: "We have started reading your deals. Go back to the CRM and open any deal card.",
    },
    removed: {
      title: "The app is disconnected",
      text: "Access to the CRM has ended and our data about clients will be deleted.",
    },
    no_entity: {
      title: "Save the card first",
      text: "A new card has no client and no history yet. Save it, and the score will appear here.",
    },
    no_record: {
      title: "Save the card first",
      text: "A new card has no client and no history yet. Save it, and the score will appear here.",
    },
    no_permission: {
      title: "No access",
      text: "You may not see this card in the CRM, so we show nothing about it. A CRM administrator sets these rights.",
    },
    invalid: {
      title: "Request not understood",
      text: "This page was not opened the way the CRM opens it. Open the app from the CRM menu.",
    },
    internal: {
      title: "An error on our side",
      text: "It is in our log already. Reload the page in a minute.",
    },
  },
  installer: {
    title: "Installing Client Pulse",
    lead: "In a minute the app appears in the CRM menu and in the cards of deals, contacts and companies.",
    steps: [
      {
        name: "Access verified",
        text: "The CRM confirmed that an administrator started the installation.",
      },
      {
        name: "Places created",
        text: "A tab in the card, a menu item and a field with the client's score.",
      },
      {
        name: "Reading your history",
        text: "Deals and clients are read in the background. You can start now, scores get better as data arrives.",
      },
    ],
    finishing: "Finishing the installation…",
    lost: "This page works only inside the CRM. Open the app there to finish the installation.",
    finish: "Finish the installation",
    promise:
      "Nothing is written to the CRM before you have seen the exact list of changes. We never store names, phones or mails.",
  },
  connect: {
    title: "Connect Client Pulse",
    lead: "See in the deal card which clients are leaving, why, and what to do about it.",
    points: [
      "We read deals, clients and events; names, phones and mails are never stored",
      "Nothing is written to the CRM before you have seen the list",
      "Disconnect at any time, with all our data deleted",
    ],
    button: "Connect {crm}",
    note: "The CRM opens a page where an administrator confirms the access.",
  },
};
